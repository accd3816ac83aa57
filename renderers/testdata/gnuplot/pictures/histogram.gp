set title "Visitors of the museum"
set ylabel "Visitors (thousands)"
set xlabel "Quarter"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.85 border -1
set boxwidth 0.9
set yrange [0:80]
set key top left
set grid y lc rgb "#dddddd"
$v << EOD
quarter 2022 2023
Q1 22 31
Q2 41 48
Q3 57 71
Q4 30 38
EOD
plot $v using 2:xtic(1) title columnheader lc rgb "#4c78a8", '' using 3 title columnheader lc rgb "#f58518"
