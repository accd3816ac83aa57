par(mar = c(5, 5, 4, 2))
hist(faithful$waiting, breaks = seq(40, 100, 5), col = "steelblue", border = "white",
     main = "Waiting for Old Faithful", xlab = "Time between eruptions (min)", ylab = "Eruptions", las = 1)
abline(v = mean(faithful$waiting), col = "firebrick", lwd = 2, lty = 2)
legend("topleft", sprintf("mean %.0f min", mean(faithful$waiting)), col = "firebrick", lwd = 2, lty = 2, bty = "n")
