package fidelity

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFromRequest(t *testing.T) {
	monthly := "month,sales,costs (EUR)\nJan,10,4\nFeb,20,9\n"
	long := "region,month,sales\nn,Jan,1\nn,Feb,2\ns,Jan,3\ns,Feb,4\n"
	for request, want := range map[string]struct{ data, facts string }{
		"plot monthly sales":                                         {monthly, `{"data":[{"column":"sales"}]}`},
		"plot sales and costs as a stacked bar chart":                {monthly, `{"chart":["bar"],"stacked":true,"data":[{"column":"sales"},{"column":"costs (EUR)"}]}`},
		"grouped bars of sales, side by side, with a legend":         {long, `{"chart":["bar"],"stacked":false,"legend":true}`},
		"average sales by region in a horizontal bar chart":          {long, `{"chart":["bar"],"horizontal":true,"data":[{"column":"sales","agg":"mean","by":["region"]}]}`},
		"bar chart of total sales per region, sorted, largest first": {long, `{"chart":["bar"],"sorted":"descending","data":[{"column":"sales","agg":"sum","by":["region"]}]}`},
		`line chart titled "Our Sales", y axis "EUR", log y axis`:    {"", `{"chart":["line"],"title":"Our Sales","y":{"label":"EUR","scale":"log"}}`},
		"a scatter plot with a red line through the points":          {"", `{"chart":["scatter"],"colours":["red"]}`},
		"draw something nice, not a pie chart":                       {"", `{}`},
		"a bar chart with a line chart of the costs over it":         {"", `{}`},
		"a log-log plot without a legend":                            {"", `{"x":{"scale":"log"},"y":{"scale":"log"},"legend":false}`},
		"show the moving average of sales":                           {monthly, `{}`},
		"histogram of sales":                                         {monthly, `{"chart":["histogram"]}`},
	} {
		got, err := json.Marshal(FromRequest(request, want.data))
		require.NoError(t, err)
		assert.JSONEq(t, want.facts, string(got), request)
	}
}
