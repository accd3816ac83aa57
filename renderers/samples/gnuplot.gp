set title "gnuplot draws"
set xlabel "Month"; set ylabel "Sales (kEUR)"
set yrange [0:*]; set key left top; set grid
$data << EOD
1 3 2.5
2 5 3.5
3 4 4.5
EOD
plot $data using 1:2 with linespoints title "sales", $data using 1:3 with lines title "goal"
