import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

rng = np.random.default_rng(7)
kinds = {"Adelie": (190, 3700, 6, 450), "Chinstrap": (196, 3730, 7, 380), "Gentoo": (217, 5080, 6, 500)}
rows = []
for name, (flipper, mass, spread, weight) in kinds.items():
    length = rng.normal(flipper, spread, 60)
    rows.append(pd.DataFrame({"species": name, "flipper_mm": length, "mass_g": mass + (length - flipper) * 35 + rng.normal(0, weight * 0.6, 60)}))
df = pd.concat(rows)

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4.5), width_ratios=[3, 2], layout="constrained")
sns.scatterplot(data=df, x="flipper_mm", y="mass_g", hue="species", style="species", ax=left)
left.set(title="Longer flippers, heavier birds", xlabel="Flipper length (mm)", ylabel="Body mass (g)")
sns.boxplot(data=df, x="species", y="mass_g", hue="species", ax=right)
right.set(title="Body mass by species", xlabel="Species", ylabel="Body mass (g)")
fig.suptitle("Three species of penguins")
fig.savefig("penguins.png", dpi=120)
