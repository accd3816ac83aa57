\version "2.20.0"
\header { title = "LilyPond draws" tagline = ##f }
\relative c' { \key d \major \time 4/4 fis4 fis g a | a g fis e | d d e fis | fis4. e8 e2 \bar "|." }
