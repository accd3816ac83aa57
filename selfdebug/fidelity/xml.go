package fidelity

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// node is an element of an XML document.
type node struct {
	name     string
	attrs    map[string]string
	children []*node
	text     string // directly inside
}

const (
	mostNodes = 40000
	mostDepth = 200
)

var errTooLarge = errors.New("the document is too large")

func (n *node) attr(name string) string { return n.attrs[name] }

// parseXML reads a document within bounds.
func parseXML(text string) (*node, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	root := &node{attrs: map[string]string{}}
	stack, count := []*node{root}, 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root, nil
		}
		if err != nil {
			return root, err
		}
		top := stack[len(stack)-1]
		switch t := token.(type) {
		case xml.StartElement:
			if count++; count > mostNodes || len(stack) > mostDepth {
				return root, errTooLarge
			}
			n := &node{name: t.Name.Local, attrs: map[string]string{}}
			for _, a := range t.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			top.children = append(top.children, n)
			stack = append(stack, n)
		case xml.EndElement:
			if len(stack) > 1 {
				stack = stack[:len(stack)-1]
			}
		case xml.CharData:
			top.text += string(t)
		}
	}
}

// each calls f for n and all below it.
func (n *node) each(f func(*node)) {
	f(n)
	for _, c := range n.children {
		c.each(f)
	}
}

// all is the text of n and all below it, spaces made single.
func (n *node) all() string {
	var b strings.Builder
	n.each(func(n *node) { b.WriteString(n.text + " ") })
	return strings.Join(strings.Fields(b.String()), " ")
}

// texts are what the <text> elements at or below n say.
func (n *node) texts() []string {
	var list []string
	n.each(func(n *node) {
		if n.name == "text" {
			if t := n.all(); t != "" && len(list) < 2000 {
				list = append(list, t)
			}
		}
	})
	return list
}
