package profile

import (
	"math/bits"
	"strings"
	"time"
)

// dateStyle is one way of writing dates: its Go layouts, and the strftime
// layout that a program has to be told ("" where libraries know it).
type dateStyle struct {
	strftime string
	layouts  []string
}

// dateStyles are tried in this order; in doubt the earlier one is named, so
// month-first comes before day-first, as in pandas. At most 64 of them, see
// collector.styles.
var dateStyles = [...]dateStyle{
	{"", []string{"2006-01-02", "2006-01-02 15:04:05", "2006-01-02T15:04:05", time.RFC3339,
		"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05-07:00", "2006-01"}},
	{"%Y/%m/%d", []string{"2006/1/2"}},
	{"%Y/%m/%d %H:%M", []string{"2006/1/2 15:04"}},
	{"%Y/%m/%d %H:%M:%S", []string{"2006/1/2 15:04:05"}},
	{"%m/%d/%Y", []string{"1/2/2006"}},
	{"%d/%m/%Y", []string{"2/1/2006"}},
	{"%m/%d/%Y %H:%M", []string{"1/2/2006 15:04"}},
	{"%d/%m/%Y %H:%M", []string{"2/1/2006 15:04"}},
	{"%m/%d/%Y %H:%M:%S", []string{"1/2/2006 15:04:05"}},
	{"%d/%m/%Y %H:%M:%S", []string{"2/1/2006 15:04:05"}},
	{"%m/%d/%y", []string{"1/2/06"}},
	{"%d/%m/%y", []string{"2/1/06"}},
	{"%m-%d-%Y", []string{"1-2-2006"}},
	{"%d-%m-%Y", []string{"2-1-2006"}},
	{"%d.%m.%Y", []string{"2.1.2006"}},
	{"%d.%m.%Y %H:%M", []string{"2.1.2006 15:04"}},
	{"%d.%m.%y", []string{"2.1.06"}},
	{"%Y.%m.%d", []string{"2006.1.2"}},
	{"%m/%Y", []string{"1/2006"}},
	{"%b %Y", []string{"Jan 2006"}},
	{"%B %Y", []string{"January 2006"}},
	{"%b-%y", []string{"Jan-06"}},
	{"%b-%Y", []string{"Jan-2006"}},
	{"%b %d, %Y", []string{"Jan 2, 2006"}},
	{"%B %d, %Y", []string{"January 2, 2006"}},
	{"%d %b %Y", []string{"2 Jan 2006"}},
	{"%d %B %Y", []string{"2 January 2006"}},
	{"%d-%b-%Y", []string{"2-Jan-2006"}},
	{"%d-%b-%y", []string{"2-Jan-06"}},
}

const everyStyle = uint64(1)<<len(dateStyles) - 1

// span is the range of the dates seen, read by one style.
type span struct{ from, to time.Time }

func (s *span) add(at time.Time) {
	if s.from.IsZero() || at.Before(s.from) {
		s.from = at
	}
	if s.to.IsZero() || at.After(s.to) {
		s.to = at
	}
}

func (s dateStyle) parse(text string) (time.Time, bool) {
	for _, layout := range s.layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// addDate counts text as a date if one of the styles that fitted all dates
// before fits it as well. 03/04/2024 may be March or April until a later row
// decides, so each living style keeps its own range.
func (c *collector) addDate(text string) bool {
	if len(text) < 6 || len(text) > maxCellForDate || !plausibleDate(text) {
		return false
	}
	var fits uint64
	for m := c.styles; m != 0; m &= m - 1 {
		i := bits.TrailingZeros64(m)
		at, ok := dateStyles[i].parse(text)
		if !ok {
			continue
		}
		fits |= 1 << i
		c.spans[i].add(at)
	}
	if fits == 0 {
		return false
	}
	c.styles = fits
	c.counts.date++
	return true
}

// when records a value that is a point in time for certain.
func (c *collector) when(at time.Time) {
	s := isoDate(at)
	c.keepHead(s)
	c.distinct(s)
	c.styles = 1
	c.counts.date++
	c.spans[0].add(at)
}

// plausibleDate is a cheap look that spares most texts the parsing.
func plausibleDate(s string) bool {
	digits := 0
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			digits++
		}
	}
	return digits >= 2 && strings.ContainsAny(s, "-/. ")
}

// dateVerdict is the range and layout by the first style that fits all dates.
func (c *collector) dateVerdict() (span, string) {
	i := bits.TrailingZeros64(c.styles)
	return c.spans[i], dateStyles[i].strftime
}

func isoDate(t time.Time) string {
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02 15:04:05")
}
