// Package bench measures what the engine does beside a baseline in the same run:
// the two take turns, so that a machine whose speed drifts cannot favour one, and
// medians and their ratio are printed.
package bench
