// Package picture opens the pictures that generated programs leave behind and
// says what is plainly wrong with them. The files are hostile: every limit is
// checked on the header, before memory is spent on pixels.
//
// It judges pixels only. Whether axes hold data is asked of the drawing library
// by the renderers, because an empty chart and a full one can look alike here.
package picture
