# Draws the diagrams of program.puml: a picture of each.
# $1 plantuml, $2 format, $3 a setting for pictures, or nothing
draw() { "$1" "-t$2" $3 -charset UTF-8 -nometadata -stdrpt:1 program.puml </dev/null; }
draw "$1" png "$3"
code=$?
if [ $code -ne 0 ]; then
	# The pictures of broken diagrams are pictures of the message. In a form
	# that can be read, it has the text of the line.
	rm -f *.png
	"$1" -ttxt -charset UTF-8 -pipe <program.puml
	exit $code
fi
case $2 in svg | pdf) draw "$1" "$2" "" ;; esac
