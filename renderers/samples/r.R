library(ggplot2)
sales <- data.frame(month = factor(c("Jan", "Feb", "Mar"), levels = c("Jan", "Feb", "Mar")), sales = c(3, 5, 4))
ggplot(sales, aes(month, sales, fill = month)) +
  geom_col(show.legend = FALSE) +
  labs(title = "R draws", x = "Month", y = "Sales (kEUR)")
