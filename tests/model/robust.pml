/* SPDX-License-Identifier: MIT */
/*
 * Locks in shared memory: src/lock/robust.c, and of mutex.c and rwlock.c what uses it. See tests/README.md.
 *
 * HOLDERS holder processes acquire a word, hold it and release it, the first one ROUNDS times. Each can be killed
 * between any two of its stores, futex operations and system calls, KILLS times in all, and is started again; TIMEOUTS
 * waits of each can time out. After a kill the kernel walks the list, as exit_robust_list() of Linux does. At most one
 * process is between acquiring and releasing, the word is released once for each time that it was acquired, never by
 * a process that does not own it, and the next owner is told that the last one died. No process sleeps while the word
 * is free: such a state is an invalid end. A node is in one list at a time.
 * WAITERS more processes only wait until the word is free, as robust_wait() does for readers and writers.
 * With CALM no command is killed alone, which leaves out the deaths that a keeper reports.
 * With GLIBC they release as glibc's pthread_mutex_unlock() does, which wakes one: not safe from kills.
 *
 * Check: -DHOLDERS=2 -DKILLS=2 -DROUNDS=2 -DTIMEOUTS=1
 * Check: -DHOLDERS=3 -DKILLS=2 -DROUNDS=2 -DCALM
 * Check: -DHOLDERS=3 -DKILLS=0 -DROUNDS=1 -DGLIBC
 * Check: -DHOLDERS=2 -DWAITERS=1 -DKILLS=1
 * Check: -DHOLDERS=1 -DWAITERS=2 -DKILLS=2
 *
 * MUTATION_... leaves out or exchanges a step: scripts/model shows that each one is found.
 */
#ifndef HOLDERS
#define HOLDERS 2
#endif
#ifndef WAITERS
#define WAITERS 0
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef TIMEOUTS
#define TIMEOUTS 0
#endif
#define PROCESSES 6

/* The word: the owner's thread id, ROBUST_WAITERS, ROBUST_OWNER_DIED. */
#define TID 15
#define WAITING 128
#define DIED 64

byte word;
byte node;                /* in shared memory too: whose list it is in */
bool asleep[PROCESSES];   /* in FUTEX_WAIT */
byte holders;             /* not in the program: between acquiring and releasing */
bool inconsistent;        /* not in the program: the last one was killed there */
byte kills = KILLS;

/* FUTEX_WAKE of at most one: whichever the kernel chooses */
inline wake_one()
{
	if
	:: asleep[1] -> asleep[1] = false
	:: asleep[2] -> asleep[2] = false
	:: asleep[3] -> asleep[3] = false
	:: asleep[4] -> asleep[4] = false
	:: else
	fi
}

inline wake_all()
{
	d_step { asleep[1] = false; asleep[2] = false; asleep[3] = false; asleep[4] = false }
}

/* One store, futex operation or system call, unless the process is killed before it. */
#define STEP(action) \
	if \
	:: d_step { kills > 0 -> kills-- }; goto killed \
	:: d_step { action } \
	fi

/* robust_lock_if_free(): a load, then a compare and exchange, which the link follows */
inline lock_if_free()
{
	taken = false;
	STEP(seen = word);
	do
	:: (seen & TID) == 0 && !taken ->
		STEP(
			if
			:: word == seen ->
#ifdef MUTATION_waiters_dropped
				word = _pid | mark;
#else
				word = _pid | (seen & WAITING) | mark;
#endif
				taken = true
			:: else -> seen = word
			fi
		)
	:: else -> break
	od;
	if
	:: taken ->
#ifdef MUTATION_not_linked
		skip
#else
		STEP(assert(node == 0); node = _pid; linked = true)
#endif
	:: else
	fi
}

/* robust_sleep(): `result` is true if the wait timed out */
inline sleep_on_word()
{
	expected = seen;
	if
#ifndef MUTATION_no_waiters_bit
	:: !(seen & WAITING) ->
		STEP(
			if
			:: word == seen -> word = seen | WAITING; expected = word
			:: else -> expected = 255
			fi
		)
#endif
	:: else
	fi;
	if
	:: expected != 255 ->
		STEP(
			if
#ifdef MUTATION_sleeps_whatever_the_value
			:: true -> asleep[_pid] = true
#else
			:: word == expected -> asleep[_pid] = true
			:: else
#endif
			fi
		);
		if
		:: !asleep[_pid]
		/* the time-out, as often as another process may still change something */
		:: d_step { asleep[_pid] && timeouts > 0 -> timeouts--; asleep[_pid] = false; result = true }
		:: d_step { asleep[_pid] && kills > 0 -> kills--; asleep[_pid] = false }; goto killed
		fi
	:: else
	fi
}

/* robust_lock(): `taken`, `owner_died` */
inline robust_lock()
{
#ifndef MUTATION_no_pending_at_lock
	STEP(pending = true);
#endif
	mark = 0; result = false;
	do
	:: true ->
		lock_if_free();
		if
		:: taken || result -> break
		:: else
		fi;
		sleep_on_word();
#ifndef MUTATION_other_waiters_forgotten
		mark = WAITING
#endif
	od;
#ifdef MUTATION_death_forgotten
	owner_died = false;
#else
	owner_died = taken && (seen & DIED);
#endif
	STEP(pending = false)
}

/* robust_unlock() */
inline robust_unlock()
{
#ifndef MUTATION_no_pending_at_unlock
	STEP(pending = true);
#endif
#ifndef MUTATION_unlinked_after_release
	STEP(node = 0; linked = false);
#endif
	STEP(seen = word);
	expected = true;
	if
#ifndef MUTATION_waiters_ignored
	:: (seen & WAITING) -> expected = false
#endif
	:: else ->
		/* compare and exchange */
		STEP(
			assert((word & TID) == _pid);
			if
			:: word == seen -> word = (owner_died -> DIED : 0)
			:: else -> expected = false
			fi
		)
	fi;
	if
	:: !expected ->
#if defined(MUTATION_release_then_wake) || defined(GLIBC)
		STEP(assert((word & TID) == _pid); word = (owner_died -> DIED : 0));
#endif
		/* futex_set_and_wake(): one system call */
		if
		:: d_step { kills > 0 -> kills-- }; goto killed
		:: atomic {
#if !defined(MUTATION_release_then_wake) && !defined(GLIBC)
			assert((word & TID) == _pid);
			word = (owner_died -> DIED : 0);
#endif
#if defined(MUTATION_one_is_woken) || defined(GLIBC)
			wake_one()
#else
#ifndef MUTATION_no_wake
			wake_all()
#endif
#endif
		}
		fi
	:: else
	fi;
#ifdef MUTATION_unlinked_after_release
	STEP(node = 0; linked = false);
#endif
	STEP(pending = false)
}

/* exit_robust_list() of Linux: handle_futex_death() for each word of the list, then for list_op_pending */
inline exit_robust_list()
{
	atomic {
		if
		:: linked || pending ->
			if
			:: (word & TID) == _pid ->
				before = word;
				word = (word & WAITING) | DIED;
				if
				:: (before & WAITING) -> wake_one()
				:: else
				fi
			:: (word & TID) == 0 && pending -> wake_one()
			:: else
			fi
		:: else
		fi;
		/* what the kernel does not release is never released */
		assert((word & TID) != _pid);
		node = (linked -> 0 : node); linked = false; pending = false
	}
}

/* mutex_lock(), mutex_unlock(), or the writer of rwlock.c */
proctype holder(byte rounds)
{
	byte seen, expected, before, mark, timeouts = TIMEOUTS;
	bool taken, result, owner_died;
	bool linked;  /* robust.list */
	bool pending; /* robust.list_op_pending */
	bool inside;
start:
	do
	:: rounds > 0 ->
		rounds--;
		robust_lock();
		if
		:: taken ->
			d_step {
				holders++;
				inside = true;
				assert(holders == 1);
				assert(!inconsistent || owner_died);
				/* it makes the data consistent again, or does not */
				inconsistent = true
			};
			if
			:: d_step { kills > 0 -> kills-- }; goto killed
			:: d_step { inconsistent = false; owner_died = false; holders--; inside = false }
#ifndef CALM
			/* lock_memory_before_exit(): the command was killed */
			:: d_step { owner_died = true; holders--; inside = false }
#endif
			fi;
			robust_unlock()
		:: else
		fi
	:: else -> break
	od;
	goto end;
killed:
	atomic { holders = holders - inside; inside = false };
	exit_robust_list();
	/* another process, with the same number */
	goto start;
end:
	skip
}

/* robust_wait() */
proctype waiter()
{
	byte seen, expected, before, timeouts = 0;
	bool result, slept, linked, pending;
#ifndef MUTATION_no_pending_at_wait
	STEP(pending = true);
#endif
	do
	:: true ->
		STEP(seen = word);
		if
		:: (seen & TID) == 0 || result -> break
		:: else
		fi;
		sleep_on_word();
		slept = true
	od;
#ifndef MUTATION_waiters_not_woken
	if
	:: slept && !result ->
		if
		:: d_step { kills > 0 -> kills-- }; goto killed
		:: wake_all()
		fi
	:: else
	fi;
#endif
	STEP(pending = false);
	goto end;
killed:
	exit_robust_list();
end:
	skip
}

init
{
	atomic {
		run holder(ROUNDS);
#if HOLDERS > 1
		run holder(1);
#endif
#if HOLDERS > 2
		run holder(1);
#endif
#if WAITERS > 0
		run waiter();
#endif
#if WAITERS > 1
		run waiter();
#endif
		skip
	};
	/* no more kills: a process that sleeps is not saved by being killed */
	kills = 0
}
