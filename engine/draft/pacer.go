package draft

// Pacer decides whether a draft pays and how long it should be. It is not safe
// for concurrent use.
type Pacer struct {
	Cost   *Cost
	worth  [sources][buckets]odds
	counts Counts
}

// Counts tell how drafting went.
type Counts struct {
	Decodes  int // that verified a draft
	Drafted  int // tokens
	Accepted int // tokens of them
}

// sources is how many kinds of source a Pacer tells apart, by their order.
const sources = 4

// buckets of evidence: 0, 1, 2, 3, 4–5, 6–9, 10–17, 18 and more.
const buckets = 8

func bucket(evidence int) int {
	switch {
	case evidence < 4:
		return max(evidence, 0)
	case evidence < 6:
		return 4
	case evidence < 10:
		return 5
	case evidence < 18:
		return 6
	}
	return 7
}

// odds are how often a drafted token was the right one, older trials counting
// less.
type odds struct{ hits, trials float64 }

// Before anything is seen: what drafts from a failed program and from the
// conversation did on recorded repair turns, worth priorTrials trials.
var prior = [buckets]float64{0.10, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97}

const (
	priorTrials = 6
	memory      = 0.98 // weight left to a trial by the next one
)

func (o odds) share(b int) float64 {
	return (o.hits + priorTrials*prior[b]) / (o.trials + priorTrials)
}

func (o *odds) add(hit bool) {
	o.hits, o.trials = o.hits*memory, o.trials*memory+1
	if hit {
		o.hits++
	}
}

// NewPacer knows the host's cost of a batch and nothing else yet.
func NewPacer(cost *Cost) *Pacer { return &Pacer{Cost: cost} }

// Counts are those of all drafts so far.
func (p *Pacer) Counts() Counts { return p.counts }

// length is how many of n proposed tokens to verify: the number with the most
// tokens expected for its time, which is returned in tokens per millisecond. 0
// where plain decoding is the faster.
func (p *Pacer) length(source, evidence, n int) (best int, rate float64) {
	expected, chance := 1.0, 1.0
	rate = 1 / p.Cost.Of(1)
	for k := 1; k <= n; k++ {
		b := bucket(evidence + k - 1)
		chance *= p.worth[source][b].share(b)
		expected += chance
		if r := expected / p.Cost.Of(k+1); r > rate {
			best, rate = k, r
		}
	}
	return best, rate
}

// verified learns from a draft of n tokens of which the first accepted were
// right.
func (p *Pacer) verified(source, evidence, n, accepted int) {
	p.counts.Decodes++
	p.counts.Drafted += n
	p.counts.Accepted += accepted
	for k := range min(n, accepted+1) {
		p.worth[source][bucket(evidence+k)].add(k < accepted)
	}
}
