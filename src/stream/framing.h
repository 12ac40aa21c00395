/* SPDX-License-Identifier: MIT */
/*
 * How messages are separated in a stream of bytes, and the options of a receiver that
 * choose it.
 */
#ifndef STREAM_FRAMING_H
#define STREAM_FRAMING_H

enum framing {
	FRAMING_WHOLE,     /* the whole stream is one message, even if it is empty */
	FRAMING_LINES,     /* each ends with a newline, which the last may lack */
	FRAMING_NUL,       /* each ends with a NUL, which the last may lack */
	FRAMING_NETSTRING, /* LENGTH:BYTES, */
	FRAMING_JSON,      /* written only: one object a line, with the priority */
};

/* Rows of an option table (applet.h): what a receiver writes around each message. */
#define FRAMING_OPTIONS(s, member, group)                                                \
	CHOICE('0', "null", framing, s, member, group, FRAMING_NUL,                      \
	       "write a NUL after each, no newline"),                                    \
	    CHOICE('N', "netstrings", framing, s, member, group, FRAMING_NETSTRING,      \
	           "write each as a netstring"),                                         \
	    CHOICE('r', "raw", framing, s, member, group, FRAMING_WHOLE,                 \
	           "write nothing after each"),                                          \
	    CHOICE('J', "json", framing, s, member, group, FRAMING_JSON,                 \
	           "print one JSON object a line")

#endif
