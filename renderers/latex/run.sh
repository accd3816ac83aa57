# Typesets program.tex and makes a picture of each page.
# $1 engine, $2 code to go before the document, $3 format, $4 resolution in dots an inch
typeset() {
	"$1" -no-shell-escape -interaction=nonstopmode -halt-on-error -file-line-error \
		-jobname=program "$2\\input{program.tex}" </dev/null >/tmp/said 2>&1
}
again() {
	grep -qE 'Rerun to get|Rerun LaTeX|undefined references|rerunfilecheck Warning' program.log ||
		grep -q pgfsyspdfmark program.aux
}
typeset "$1" "$2"
code=$?
if [ $code -ne 0 ] && [ "$1" = pdflatex ] && grep -qE 'requires? (either )?(XeTeX|LuaTeX|XeLaTeX|LuaLaTeX)|LuaTeX is required|only works with LuaTeX' /tmp/said; then
	set -- lualatex "$2" "$3" "$4"
	typeset "$1" "$2"
	code=$?
fi
if [ $code -eq 0 ] && again 2>/dev/null; then
	typeset "$1" "$2"
	code=$?
fi
cat /tmp/said
[ $code -eq 0 ] || exit $code
[ -f program.pdf ] || exit 0
pdftoppm -png -l 40 -r "$4" program.pdf figure || exit
if [ "$3" = svg ]; then
	for page in figure-*.png; do
		n=${page#figure-}
		n=${n%.png}
		pdftocairo -svg -f "$n" -l "$n" program.pdf "figure-$n.svg" || exit
	done
fi
if [ "$3" = pdf ]; then
	mv program.pdf figure.pdf
else
	rm -f program.pdf
fi
