// Package bench measures what the engine does beside a baseline in the same run:
// the two take turns, so that a machine whose speed drifts cannot favour one, and
// medians and their ratio are printed, with the share of the machine's own limits
// that is reached.
//
// Batch, Decode, Load and FirstToken return rows; Within and AddLimits set them
// beside the limits; Write and WritePlot show them. Tune finds settings.
package bench
