package selfdebug

// Same says that two programs do the same for all that their text shows: they
// differ in comments, blank lines and trailing white space only.
func Same(a, b string) bool { return normalised(a) == normalised(b) }
