#include "base/status.h"

enum status status_before_command(enum status status)
{
	switch (status) {
	case STATUS_NOT_NOW: return STATUS_RUN_NOT_NOW;
	case STATUS_TIMED_OUT: return STATUS_TIMED_OUT;
	default:
		return status > STATUS_SIGNAL || status == STATUS_DONE
		           ? status
		           : STATUS_RUN_FAILED;
	}
}
