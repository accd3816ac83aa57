"""The last step of the setup: prove that the packages load and can draw, and
keep matplotlib's list of fonts, which costs a second to make."""
import os, sys, tempfile

prefix = sys.argv[1]
fonts = os.path.join(prefix, "matplotlib")
os.makedirs(fonts, exist_ok=True)
os.environ["MPLCONFIGDIR"] = fonts
os.environ["MPLBACKEND"] = "Agg"

import numpy, pandas, scipy, matplotlib.pyplot as plt, seaborn, networkx, statsmodels.api
import altair, plotnine, openpyxl, pyarrow, resvg_py, vl_convert, wordcloud
import plotly.graph_objects as go

with tempfile.TemporaryDirectory() as d:
    os.chdir(d)
    plt.plot([1, 2])
    plt.savefig("m.png")
    altair.Chart(pandas.DataFrame({"a": [1]})).mark_point().encode(x="a").save("a.png")
    go.Figure(go.Bar(y=[1])).write_image("p.png")
    assert resvg_py.svg_to_bytes(svg_string='<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    assert all(os.path.getsize(n + ".png") for n in "map")
    os.chdir("/")
for root, dirs, files in os.walk(fonts):
    os.chmod(root, 0o755)
    for f in files:
        os.chmod(os.path.join(root, f), 0o644)
