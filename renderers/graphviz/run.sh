# Lays out the graphs of program.dot: a picture of each.
# $1 dot, $2 format, $3 resolution in dots an inch
draw() {
	"$1" "-T$2" "-Gdpi=$3" -Gpad=0.15 "-Gfontname=DejaVu Sans" "-Nfontname=DejaVu Sans" "-Efontname=DejaVu Sans" -Gcharset=UTF-8 -O program.dot </dev/null || exit
	n=1
	for file in "program.dot.$2" program.dot.*."$2"; do
		[ -f "$file" ] || continue
		mv "$file" "figure-$n.$2"
		n=$((n + 1))
	done
}
draw "$1" png "$3"
case $2 in
svg | pdf) draw "$1" "$2" 72 2>/dev/null ;;
esac
