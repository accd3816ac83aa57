set title "Growth of two yeasts"
set xlabel "Time (h)"
set ylabel "Cells (millions per ml)"
set logscale y
set yrange [0.5:200]
set xrange [0:14]
set grid ytics lc rgb "#dddddd"
set key top left
$a << EOD
0 1.0
2 2.1
4 5.0
6 12
8 29
10 62
12 98
14 118
EOD
$b << EOD
0 1.0
2 1.6
4 2.9
6 5.2
8 9.6
10 17
12 29
14 45
EOD
plot $a with linespoints lw 2 pt 7 lc rgb "#4c78a8" title "at 30 °C", \
     $b with linespoints lw 2 pt 5 lc rgb "#e45756" title "at 20 °C"
