\version "2.22.1"
\header { title = "Ode to Joy" composer = "Ludwig van Beethoven" }
\score {
  \new Staff \with { instrumentName = "Violin" } {
    \key d \major
    \time 4/4
    \tempo "Allegro" 4 = 120
    \relative c'' {
      fis,4\mf fis g a | a g fis e | d d e fis | fis4. e8 e2 |
      fis4 fis g a | a g fis e | d d e fis | e4. d8 d2 \bar "|."
    }
  }
  \layout { }
}
