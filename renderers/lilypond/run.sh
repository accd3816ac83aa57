# Engraves program.ly: a picture of each page.
# $1 lilypond, $2 format, $3 resolution in dots an inch
"$1" -dinclude-settings=defaults.ly -dno-point-and-click -dresolution="$3" --png -o figure program.ly </dev/null || exit
case $2 in
svg | pdf) exec "$1" -dinclude-settings=defaults.ly -dno-point-and-click "--$2" -o figure program.ly </dev/null ;;
esac
