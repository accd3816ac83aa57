package profile

import (
	"context"
	"os"
	"strings"

	"github.com/xuri/excelize/v2"
)

const (
	maxUnzipped  = 512 << 20 // bytes of a workbook once unpacked: a zip bomb is refused
	maxSheetXML  = 64 << 20  // bytes of one sheet held in memory; larger ones go through a temporary file
	formattedTop = 50        // rows looked at in their printed form, to tell dates from numbers
)

// readXLSX reads the first visible sheet that is not empty.
func readXLSX(ctx context.Context, f *os.File, b *builder) (err error) {
	tmp, err := os.MkdirTemp("", "viscoder-xlsx-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	defer recovered(b, &err)
	book, err := excelize.OpenReader(f, excelize.Options{
		UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxSheetXML, TmpDir: tmp,
		ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd",
	})
	if err != nil {
		return b.bad(0, "is not a readable workbook: %s", err)
	}
	defer book.Close()
	for _, sheet := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(sheet); err != nil || !visible {
			continue
		}
		if err := readSheet(ctx, book, sheet, b); err != nil {
			return err
		}
		if len(b.cols) > 0 {
			b.noteSheets(book, sheet)
			return nil
		}
	}
	return b.bad(0, "has no sheet with cells")
}

// recovered turns a panic of a foreign parser over a hostile file into an error.
func recovered(b *builder, err *error) {
	if r := recover(); r != nil {
		*err = b.bad(0, "is damaged (%v)", r)
	}
}

func (b *builder) noteSheets(book *excelize.File, sheet string) {
	b.t.Sheet = sheet
	if n := len(book.GetSheetList()); n > 1 {
		b.note("the workbook has %d sheets; sheet %s is described", n, Quote(sheet))
	}
}

// readSheet streams the raw cells; the printed form of the first rows says
// which columns hold dates, as a raw date is a number of days.
func readSheet(ctx context.Context, book *excelize.File, sheet string, b *builder) error {
	dates, err := dateColumns(book, sheet)
	if err != nil {
		return b.bad(0, "sheet %s cannot be read: %s", Quote(sheet), err)
	}
	rows, err := book.Rows(sheet)
	if err != nil {
		return b.bad(0, "sheet %s cannot be read: %s", Quote(sheet), err)
	}
	defer rows.Close()
	for line := 1; rows.Next(); line++ {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return b.bad(line, "sheet %s cannot be read: %s", Quote(sheet), err)
		}
		if blank(cells) {
			continue
		}
		if len(b.cols) == 0 {
			if err := b.setHeader(cells); err != nil {
				return err
			}
			continue
		}
		b.sheetRow(cells, dates)
		if b.t.Rows%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err := rows.Error(); err != nil {
		return b.bad(0, "sheet %s cannot be read: %s", Quote(sheet), err)
	}
	return nil
}

func (b *builder) sheetRow(cells []string, dates map[int]bool) {
	for i, cell := range cells[:min(len(cells), len(b.cols))] {
		if v, _, ok := parseNumber(cell); ok && dates[i] {
			if at, err := excelize.ExcelDateToTime(v, false); err == nil {
				b.cols[i].when(at)
				continue
			}
		}
		b.cols[i].cell(cell)
	}
	b.endRow()
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// dateColumns are those whose first cells are numbers that print as dates.
func dateColumns(book *excelize.File, sheet string) (map[int]bool, error) {
	printed, err := topCells(book, sheet, false)
	if err != nil {
		return nil, err
	}
	raw, err := topCells(book, sheet, true)
	if err != nil {
		return nil, err
	}
	dates := map[int]bool{}
	for r := range min(len(raw), len(printed)) {
		for c := range min(len(raw[r]), len(printed[r])) {
			if _, _, number := parseNumber(raw[r][c]); number && printsAsDate(printed[r][c]) {
				dates[c] = true
			}
		}
	}
	return dates, nil
}

func printsAsDate(s string) bool {
	if _, _, number := parseNumber(s); number || len(s) < 5 {
		return false
	}
	return strings.ContainsAny(s, "-/.: ") && plausibleDate(s) && !strings.ContainsAny(s, "%$€£")
}

func topCells(book *excelize.File, sheet string, raw bool) ([][]string, error) {
	rows, err := book.Rows(sheet)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var top [][]string
	for len(top) < formattedTop && rows.Next() {
		cells, err := rows.Columns(excelize.Options{RawCellValue: raw,
			ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd"})
		if err != nil {
			return nil, err
		}
		top = append(top, cells)
	}
	return top, rows.Error()
}
