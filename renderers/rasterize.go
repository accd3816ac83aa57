package renderers

import (
	"context"
	"image"
	"image/draw"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"viscoder/internal/atomicfile"
	"viscoder/renderers/picture"
)

const maxRasterized = 4 // SVG files of one run that are made into pixels

// rasterize draws the SVG files of a run that left nothing else, so that there
// is a picture to be looked at.
func (r *Runner) rasterize(ctx context.Context, job *Job, out *Outcome) error {
	if out.Diagnostic != nil || job.Language == svg || len(out.Pictures) == 0 || anyRaster(out.Pictures) {
		return nil
	}
	var drawn []string
	for _, path := range out.Pictures {
		if len(drawn) == maxRasterized || !strings.EqualFold(filepath.Ext(path), ".svg") {
			continue
		}
		file, err := r.rasterizeOne(ctx, job, path, out)
		if err != nil || out.Diagnostic != nil {
			return err
		}
		drawn = append(drawn, file)
	}
	if job.Format == "png" {
		out.Pictures = append(drawn, out.Pictures...)
	} else {
		out.Pictures = append(out.Pictures, drawn...)
	}
	return nil
}

func anyRaster(paths []string) bool {
	for _, p := range paths {
		if isRaster(p) {
			return true
		}
	}
	return false
}

// rasterizeOne draws one file beside itself.
func (r *Runner) rasterizeOne(ctx context.Context, job *Job, path string, out *Outcome) (string, error) {
	text, err := readDocument(path)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(job.Out, ".svg-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	made, err := r.Run(ctx, Job{Language: svg, Program: text, Out: dir, Timeout: job.Timeout})
	if err != nil {
		return "", err
	}
	if made.Diagnostic != nil {
		out.Diagnostic = aboutDocument(filepath.Base(path), made.Diagnostic)
		return "", nil
	}
	target, err := freeName(job.Out, strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))+".png")
	if err != nil {
		return "", err
	}
	out.Findings = append(out.Findings, made.Findings...)
	out.Exec += made.Exec
	return target, onWhite(made.Pictures[0], target)
}

// onWhite lays a picture on paper: what is not painted would be black on a
// dark screen, and the letters on it too.
func onWhite(from, to string) error {
	p, err := picture.Load(from)
	if err != nil {
		return err
	}
	paper := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
	draw.Draw(paper, paper.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(paper, paper.Bounds(), p.Image, p.Image.Bounds().Min, draw.Over)
	return writePNG(to, paper)
}

// svgDoctype is the plain document type that tools write; it says nothing.
var svgDoctype = regexp.MustCompile(`<!DOCTYPE\s+svg[^\[<>]*>`)

func readDocument(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxProgramBytes+1))
	return svgDoctype.ReplaceAllString(strings.ToValidUTF8(string(data), "�"), ""), err
}

// aboutDocument says what is wrong with a file that the program wrote; its
// lines are not the program's.
func aboutDocument(name string, d *Diagnostic) *Diagnostic {
	message := "the picture " + name + ": " + d.Message
	kind := KindPicture
	if d.Kind == KindBlank || d.Kind == KindDenied || d.Kind == KindTimeout {
		kind = d.Kind
	}
	return &Diagnostic{Kind: kind, Message: message, Text: "In the file " + name + " that the program wrote: " + d.Text, Full: d.Full}
}

// toPNG makes a PNG of a picture in a format that few can show, and removes it.
func toPNG(path string) (string, error) {
	p, err := picture.Load(path)
	if err != nil {
		return "", err
	}
	target, err := freeName(filepath.Dir(path), strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))+".png")
	if err != nil {
		return "", err
	}
	if err := writePNG(target, p.Image); err != nil {
		return "", err
	}
	return target, os.Remove(path)
}

func writePNG(path string, m image.Image) error {
	file, err := atomicfile.Create(path, 0o644)
	if err != nil {
		return err
	}
	defer file.Abort()
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(file, m); err != nil {
		return err
	}
	return file.Commit()
}
