library(ggplot2)
p <- ggplot(mtcars, aes(wt * 0.4536, 235.215 / mpg, colour = factor(cyl))) +
  geom_point(size = 2.5) +
  geom_smooth(method = "lm", formula = y ~ x, se = FALSE, linewidth = 0.8) +
  labs(title = "Heavier cars use more fuel", x = "Weight (t)", y = "Fuel (l per 100 km)", colour = "Cylinders") +
  theme_minimal()
print(p)
