/*
 * Messages to and from a stream of bytes: whole input, lines, NUL-ended
 * strings, netstrings ("5:hello,"), each with its priority in front if wished.
 */
#ifndef FRAME_H
#define FRAME_H

#include "applet.h"

enum framing {
	FRAMING_WHOLE,     /* the whole stream is one message */
	FRAMING_LINES,     /* the newline is not part of it */
	FRAMING_NUL,       /* ended by a NUL */
	FRAMING_NETSTRING, /* LENGTH:bytes, */
};

#endif
