\version "2.22.1"
#(set-default-paper-size "a5landscape")
\header { title = "A cadence" }
\paper { ragged-right = ##f indent = 0 }
\score {
  \new PianoStaff <<
    \new Staff { \key g \major \time 3/4
      \relative c'' { <b d g>4 <c e> <b d> | <a c> <g b> <fis a> | <g b>2 <a c>4 | <b d>4 <c e> <d fis> | <b g'>2 <a c>4 | <g b>2. \bar "|." } }
    \new Staff { \clef bass \key g \major
      \relative c { g'4 c, d | d e d | g,2 fis4 | g a d | e c d | <g, d'>2. } }
  >>
  \layout { }
}
