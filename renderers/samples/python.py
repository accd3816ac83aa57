import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(4, 3))
ax.bar(["Jan", "Feb", "Mar"], [3, 5, 4], color=["steelblue", "tomato", "seagreen"])
ax.set(title="Python draws", xlabel="Month", ylabel="Sales (kEUR)")
plt.show()
