# Runs the one script in this folder and keeps what it draws. Started in the
# sandbox with the arguments PROGRAM FORMAT. It leaves .viscoder/report.json,
# which the other side takes as a mere claim.
local({
  arguments <- commandArgs(trailingOnly = TRUE)
  program <- arguments[1]; format <- arguments[2]
  options(keep.source = TRUE, warn = 1, menu.graphics = FALSE, browserNLdisabled = TRUE, bitmapType = "cairo",
          device = function(...) switch(format,
            svg = grDevices::svg("figure-%d.svg", width = 8, height = 16/3),
            pdf = grDevices::cairo_pdf("figure-%d.pdf", width = 8, height = 16/3),
            grDevices::png("figure-%d.png", width = 1200, height = 800, res = 150, type = "cairo")))

  quoted <- function(s) {
    s <- enc2utf8(paste(s, collapse = "\n"))
    s <- gsub("\\", "\\\\", s, fixed = TRUE)
    s <- gsub("\"", "\\\"", s, fixed = TRUE)
    s <- gsub("\n", "\\n", s, fixed = TRUE)
    s <- gsub("\t", "\\t", s, fixed = TRUE)
    paste0("\"", gsub("[[:cntrl:]]", "", s), "\"")
  }
  leave <- function(message, line = 0, column = 0, syntax = FALSE, denied = FALSE, note = "", full = message) {
    dir.create(".viscoder", showWarnings = FALSE)
    flag <- function(x) if (x) "true" else "false"
    writeLines(paste0("{\"error\":{\"message\":", quoted(message), ",\"line\":", as.integer(line), ",\"column\":", as.integer(column), ",\"syntax\":", flag(syntax),
                      ",\"denied\":", flag(denied), ",\"note\":", quoted(note), ",\"full\":", quoted(full), "}}"), ".viscoder/report.json", useBytes = TRUE)
    base::message(full)
    quit("no", 1, FALSE)
  }

  source <- readLines(program, warn = FALSE, encoding = "UTF-8")
  expressions <- tryCatch(parse(text = source, srcfile = srcfilecopy(program, source), keep.source = TRUE, encoding = "UTF-8"), error = function(e) {
    said <- conditionMessage(e)
    at <- regmatches(said, regexec("<?[^:>]*>?:([0-9]+):([0-9]+): ([^\n]*)", said))[[1]]
    if (length(at) < 4) leave(said, syntax = TRUE)
    leave(at[4], min(as.integer(at[2]), length(source)), as.integer(at[3]) + (at[4] != "unexpected end of input"), syntax = TRUE, full = said)
  })
  refs <- attr(expressions, "srcref")

  # The line of the innermost call that stands in the program.
  lineOf <- function(calls, current) {
    for (call in rev(calls)) {
      ref <- attr(call, "srcref")
      if (!is.null(ref) && identical(attr(ref, "srcfile")$filename, program)) return(ref[1])
    }
    refs[[current]][1]
  }
  noteOf <- function(said) {
    if (grepl("there is no package called", said)) {
      here <- intersect(c("ggplot2", "dplyr", "tidyr", "readr", "scales", "jsonlite", "tibble", "lattice", "grid", "MASS"), list.files(.libPaths()))
      return(paste("installed packages:", paste(here, collapse = ", ")))
    }
    if (grepl("cannot open the connection|cannot open file", said)) {
      here <- setdiff(list.files("."), program)
      return(paste("files here:", if (length(here)) paste(here, collapse = ", ") else "none"))
    }
    frames <- Filter(function(n) is.data.frame(get0(n, globalenv())), ls(globalenv()))
    if (length(frames) && grepl("not found|undefined columns|Unknown column|doesn't exist", said)) {
      return(paste(vapply(utils::head(frames, 2), function(n) paste0("columns of ", n, ": ", paste(utils::head(names(get(n, globalenv())), 20), collapse = ", ")), ""), collapse = "; "))
    }
    ""
  }
  warned <- ""
  current <- 1L
  explain <- function(e) {
    said <- conditionMessage(e)
    # Libraries wrap the cause in what they were doing.
    cause <- e
    while (!is.null(cause$parent)) { cause <- cause$parent; said <- paste0(sub("[.]?(\n.*)?$", "", said), ": ", conditionMessage(cause)) }
    call <- conditionCall(e)
    calls <- sys.calls()
    where <- if (is.null(call)) "" else paste0("in ", sub("\n.*", "", paste(deparse(call, nlines = 1L), collapse = "")), ": ")
    if (nchar(where) > 80 || grepl("^in (eval|value\\[|withCallingHandlers|doTryCatch|print|source|fun|FUN)", where)) where <- ""
    if (grepl("cannot open the connection", said) && nzchar(warned)) said <- paste0(said, ": ", warned)
    denied <- grepl("cannot open URL|Could not resolve|internet|unable to connect|not permitted|cannot be opened, HTTP", paste(said, warned))
    leave(paste0("Error ", where, said), lineOf(calls, current), denied = denied, note = if (denied) "" else noteOf(said), full = paste0("Error in ", paste(deparse(call, nlines = 2L), collapse = " "), ": ", said))
  }
  withCallingHandlers({
    for (i in seq_along(expressions)) {
      current <- i
      shown <- withVisible(eval(expressions[i], globalenv()))
      if (shown$visible) print(shown$value)
    }
  }, error = explain, warning = function(w) warned <<- conditionMessage(w))

  drawn <- function() length(list.files(".", "\\.(png|jpe?g|svg|pdf|bmp|webp|gif)$", ignore.case = TRUE, recursive = TRUE)) > 0
  if (is.null(grDevices::dev.list()) && !drawn() && isNamespaceLoaded("ggplot2")) {
    plots <- Filter(function(n) inherits(get0(n, globalenv()), "ggplot"), ls(globalenv()))
    if (length(plots)) withCallingHandlers(print(get(plots[length(plots)], globalenv())), error = explain)
  }
  grDevices::graphics.off()
})
