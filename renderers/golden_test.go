package renderers

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/renderers/picture"
)

const (
	goldenSide  = 400    // pixels of the longer side of a kept picture
	goldenBytes = 30_000 // of its file
	alike       = 0.9    // least similarity; another version of a tool or font stays above
)

// TestPictures draws the programs of testdata/LANGUAGE/pictures and holds what
// they draw against the pictures beside them. All are good charts, so the look
// at them must find nothing that asks for a repair.
func TestPictures(t *testing.T) {
	runner := newRunner(t)
	for _, l := range All() {
		programs := goldenPrograms(t, l)
		assert.GreaterOrEqual(t, len(programs), 2, "%s needs two programs in pictures/", l.Name)
		for _, path := range programs {
			t.Run(l.Name+"/"+filepath.Base(path), func(t *testing.T) {
				t.Parallel()
				program, err := os.ReadFile(path)
				require.NoError(t, err)
				job := Job{Language: l, Program: string(program), Out: outDir(t), Wants: Wants{Title: true, AxisLabels: true}}
				out, err := runner.Run(context.Background(), job)
				require.NoError(t, err)
				require.Nil(t, out.Diagnostic, "%+v", out.Diagnostic)
				for _, f := range out.Findings {
					t.Errorf("a false alarm: %s %s: %s", f.Grade, f.Code, f.Message)
				}
				p, err := picture.Load(out.Pictures[0])
				require.NoError(t, err)
				compareGolden(t, strings.TrimSuffix(path, filepath.Ext(path))+".png", p.Image)
			})
		}
	}
}

func goldenPrograms(t *testing.T, l *Language) []string {
	entries, err := os.ReadDir(filepath.Join("testdata", l.Name, "pictures"))
	require.NoError(t, err)
	var list []string
	for _, e := range entries {
		if known, ok := ByExtension(e.Name()); ok && known == l {
			list = append(list, filepath.Join("testdata", l.Name, "pictures", e.Name()))
		}
	}
	return list
}

func compareGolden(t *testing.T, path string, drawn image.Image) {
	t.Helper()
	if *update {
		small := picture.Scale(drawn, picture.Fit(drawn.Bounds().Size(), goldenSide))
		for i, v := range small.Pix {
			small.Pix[i] = v&0xf8 | v>>5 // 32 steps a colour pack better
		}
		var file bytes.Buffer
		require.NoError(t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&file, small))
		require.NoError(t, os.WriteFile(path, file.Bytes(), 0o644))
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.LessOrEqual(t, info.Size(), int64(goldenBytes), path)
	kept, err := picture.Load(path)
	require.NoError(t, err)
	got := picture.Similarity(kept.Image, drawn)
	t.Logf("similarity %.3f", got)
	assert.GreaterOrEqual(t, got, alike, "it looks unlike %s; see what it draws with VISCODER_TEST_PICTURES=DIR, and rewrite it with -update if that is right", path)
}
