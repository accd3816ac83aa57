package draft

// Cost is what a decode of 1 to 64 rows takes on this host, in milliseconds:
// measured at some row counts, straight lines between them, and corrected by
// every decode that is observed.
type Cost struct {
	ms     [len(anchors)]float64
	scaled bool // by a decode of this host and model
}

// anchors are the row counts of the curve.
var anchors = [...]int{1, 2, 4, 8, 16, 32, 64}

// MaxRows is the largest batch that a Cost knows.
const MaxRows = 64

// Curves to start from where nothing has been measured: only their shape
// counts, since the first decodes set the scale.
var (
	// FlatCurve is a host whose kernels read each weight once for all rows.
	FlatCurve = map[int]float64{1: 30, 2: 32, 4: 36, 8: 50, 16: 80, 32: 145, 64: 270}
	// SteepCurve is a host where each row costs nearly as much as the first.
	SteepCurve = map[int]float64{1: 30, 2: 58, 4: 105, 8: 220, 16: 290, 32: 520, 64: 850}
)

// NewCost takes times in ms by row counts; one that is missing lies between its
// neighbours, or grows with the rows where there is none above. A curve without
// 1 row is FlatCurve.
func NewCost(curve map[int]float64) *Cost {
	if curve[1] <= 0 {
		curve = FlatCurve
	}
	c := &Cost{}
	last := 0 // anchor known
	for i, rows := range anchors {
		if curve[rows] <= 0 {
			c.ms[i] = c.ms[last] * float64(rows) / float64(anchors[last])
			continue
		}
		c.ms[i] = max(curve[rows], c.ms[last]) // more rows are never faster
		for j := last + 1; j < i; j++ {
			share := float64(anchors[j]-anchors[last]) / float64(rows-anchors[last])
			c.ms[j] = c.ms[last]*(1-share) + c.ms[i]*share
		}
		last = i
	}
	return c
}

// Of is the time of a decode of rows rows, at least 1.
func (c *Cost) Of(rows int) float64 {
	i, share := place(rows)
	if share == 0 {
		return c.ms[i]
	}
	return c.ms[i]*(1-share) + c.ms[i+1]*share
}

// place is the anchor at or below rows, and how far rows is on the way to the
// next one.
func place(rows int) (i int, share float64) {
	if rows >= MaxRows {
		return len(anchors) - 1, 0
	}
	for i+1 < len(anchors) && anchors[i+1] <= rows {
		i++
	}
	return i, float64(max(rows, 1)-anchors[i]) / float64(anchors[i+1]-anchors[i])
}

// rateOfChange is the weight of one observation; a burst of other work on the
// machine must not unlearn the curve.
const rateOfChange = 0.1

// Observe corrects the curve by a decode of rows rows that took ms.
func (c *Cost) Observe(rows int, ms float64) {
	if rows < 1 || rows > MaxRows || ms <= 0 {
		return
	}
	if !c.scaled {
		c.scaled = true
		scale := ms / c.Of(rows)
		for i := range c.ms {
			c.ms[i] *= scale
		}
		return
	}
	i, share := place(rows)
	wrong := min(max(ms/c.Of(rows), 0.25), 4) - 1
	c.ms[i] *= 1 + rateOfChange*(1-share)*wrong
	if share > 0 {
		c.ms[i+1] *= 1 + rateOfChange*share*wrong
	}
}
