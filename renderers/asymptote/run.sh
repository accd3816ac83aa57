# Runs program.asy and makes a picture of each file that it ships out.
# $1 asy, $2 format, $3 resolution in dots an inch
"$1" -safe -noglobalwrite -noglobalread -noView -noprc -render=0 -tex pdflatex -f pdf -o figure program.asy </dev/null || exit
for file in *.pdf; do
	[ -f "$file" ] || continue
	name=${file%.pdf}
	pdftoppm -png -singlefile -r "$3" "$file" "$name" || exit
	[ "$2" = svg ] && { pdftocairo -svg "$file" "$name.svg" || exit; }
	[ "$2" = pdf ] || rm -f "$file"
done
