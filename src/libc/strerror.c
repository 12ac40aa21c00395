/* SPDX-License-Identifier: MIT */
/*
 * strerror(3) for the static program: musl's texts of what files and sockets can fail
 * with. io/error.c has its own for most of them.
 */
#include <errno.h>
#include <string.h>

/* By another name: its result is not const there. */
const char *strerror_text(int error) __asm__("strerror");

#define STRERROR_TEXTS(X)                                                                \
	X(EADDRNOTAVAIL, "Address not available")                                        \
	X(EAFNOSUPPORT, "Address family not supported by protocol")                      \
	X(EALREADY, "Operation already in progress")                                     \
	X(EBADFD, "File descriptor in bad state")                                        \
	X(EBADMSG, "Bad message")                                                        \
	X(ECANCELED, "Operation canceled")                                               \
	X(ECONNABORTED, "Connection aborted")                                            \
	X(EDESTADDRREQ, "Destination address required")                                  \
	X(EHOSTDOWN, "Host is down")                                                     \
	X(EHOSTUNREACH, "Host is unreachable")                                           \
	X(EILSEQ, "Illegal byte sequence")                                               \
	X(EINPROGRESS, "Operation in progress")                                          \
	X(EISCONN, "Socket is connected")                                                \
	X(EMLINK, "Too many links")                                                      \
	X(ENETDOWN, "Network is down")                                                   \
	X(ENETRESET, "Connection reset by network")                                      \
	X(ENETUNREACH, "Network unreachable")                                            \
	X(ENOBUFS, "No buffer space available")                                          \
	X(ENODATA, "No data available")                                                  \
	X(ENOKEY, "Required key not available")                                          \
	X(ENOLINK, "Link has been severed")                                              \
	X(ENOMEDIUM, "No medium found")                                                  \
	X(ENOPROTOOPT, "Protocol not available")                                         \
	X(ENOTBLK, "Block device required")                                              \
	X(ENOTCONN, "Socket not connected")                                              \
	X(ENOTEMPTY, "Directory not empty")                                              \
	X(ENOTSOCK, "Not a socket")                                                      \
	X(EOWNERDEAD, "Previous owner died")                                             \
	X(EPFNOSUPPORT, "Protocol family not supported")                                 \
	X(EPROTO, "Protocol error")                                                      \
	X(EPROTONOSUPPORT, "Protocol not supported")                                     \
	X(EREMOTEIO, "Remote I/O error")                                                 \
	X(ESHUTDOWN, "Cannot send after socket shutdown")                                \
	X(ESOCKTNOSUPPORT, "Socket type not supported")                                  \
	X(ESTALE, "Stale file handle")                                                   \
	X(EXDEV, "Cross-device link")

#define STRERROR_NUMBER(number_, text_) number_,
#define STRERROR_TEXT(number_, text_)   text_ "\0"
static const unsigned char numbers[] = {STRERROR_TEXTS(STRERROR_NUMBER)};
static const char texts[] = STRERROR_TEXTS(STRERROR_TEXT) "No error information";

const char *strerror_text(int error)
{
	const char *text = texts;
	for (size_t i = 0; i < sizeof numbers && numbers[i] != error; i++)
		text += strlen(text) + 1;
	return text;
}
