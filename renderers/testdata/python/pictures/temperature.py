import matplotlib.pyplot as plt
import numpy as np

months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
cities = {
    "Reykjavik": [0.7, 0.9, 1.2, 3.6, 6.9, 9.8, 11.6, 11.1, 8.3, 4.9, 2.4, 1.1],
    "Lisbon": [11.6, 12.7, 14.9, 15.9, 18.0, 21.2, 23.1, 23.5, 22.1, 18.8, 15.0, 12.4],
    "Cairo": [14.0, 15.2, 17.6, 21.5, 24.9, 27.3, 27.9, 28.0, 26.4, 23.9, 19.3, 15.3],
}

fig, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
for name, values in cities.items():
    ax.plot(months, values, marker="o", markersize=4, linewidth=2, label=name)
    ax.fill_between(months, np.array(values) - 2, np.array(values) + 2, alpha=0.15)
ax.set_title("Mean temperature by month")
ax.set_xlabel("Month")
ax.set_ylabel("Temperature (°C)")
ax.grid(axis="y", alpha=0.3)
ax.spines[["top", "right"]].set_visible(False)
ax.legend(title="City", frameon=False)
plt.show()
