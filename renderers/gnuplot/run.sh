# Runs program.gp, and once more for a format that is not for looking at.
# $1 gnuplot, $2 format, $3 and $4 the commands that set terminal and output before each
"$1" -e "$3" program.gp </dev/null
code=$?
[ $code -eq 0 ] && [ "$2" != png ] && { "$1" -e "$4" program.vector.gp </dev/null 2>/dev/null || code=$?; }
# An output that nothing was plotted to is an empty file.
find . -size 0 \( -name '*.png' -o -name '*.svg' -o -name '*.pdf' \) -exec rm -f {} +
exit $code
