/* SPDX-License-Identifier: MIT */
/*
 * mqrecv --exec --stay --in-flight: src/pool/inflight.c with messages that stay in their slots, and what calls it. See
 * tests/README.md. What a slot is made of, the lock and the removal of the object are in inflight.pml.
 *
 * A pool has WORKERS workers that stay. Each reads messages from a pipe, at most WINDOW of them unanswered, does each
 * and then writes its answer, in this order, to another pipe. A message stays in its slot until its answer was read:
 * done, or to be tried again and put back on the queue, perhaps after a delay, or given up and sent to the dead-letter
 * queue. What is unanswered at the end is put on the in-flight queue, which holds fewer than there are slots, and what
 * finds no room there stays where it is.
 *
 * The pool can be killed between any two of its stores and system calls, a worker between any two of its own, KILLS
 * times in all. The pipe of a pool that was killed has an end: its workers do some of what they have been given, or
 * nothing. The pool is started again, a worker too. In every state each message was done, given up or is stored; and
 * a kill makes at most CAPACITY messages be done or given up once more. At the end one more pool runs, undisturbed,
 * after which nothing is left.
 *
 * CONTENT: two of the three messages are equal. With -DIDS=1 messages are given with a number (mqrecv --id), and stay
 * in their slots at the end: no two messages have one number, and one in its slot keeps that under which it was given.
 *
 * Check: -DWORKERS=1 -DWINDOW=2 -DKILLS=2 -DFAILS=1
 * Check: -DWORKERS=2 -DWINDOW=1 -DKILLS=1 -DFAILS=1
 * Check: -DWORKERS=1 -DWINDOW=2 -DKILLS=1 -DFAILS=1 -DIDS=1
 *
 * MUTATION_... leaves out or exchanges a step: scripts/model shows that each one is found.
 */
#ifndef WORKERS
#define WORKERS 1
#endif
#ifndef WINDOW
#define WINDOW 2
#endif
#ifndef KILLS
#define KILLS 2
#endif
#ifndef FAILS
#define FAILS 1
#endif
#ifndef IDS
#define IDS 0
#endif
#define CAPACITY 2 /* of the slots: WORKERS x WINDOW */
#define SLOTS 3    /* one more */
#define DEPTH 1    /* of the in-flight queue */
#define MESSAGES 3
#define NONE 255
#define GARBAGE 3 /* bytes that are no message */
#define A 0
#define B 1
#define CONTENT(m) ((m) < 2 -> A : ((m) == 2 -> B : GARBAGE))

/* enum slot_state */
#define EMPTY 0
#define RECEIVING 1
#define HELD 2
#define SENDING 3
#define ORPHANED 4

typedef slot_t {
	byte state;
	bool prioritized; /* false: NO_PRIORITY */
	byte message, copies, number;
	/* not in the program: the message is on the queue already; the number under which it was given */
	bool sent;
	byte given
};

slot_t slot[SLOTS];
byte next = 1;          /* slot_numbers.next */
#define QUEUE 0
#define QUEUE2 1
/* a message that is put back is on both queues for a moment, and stays so if the pool is killed then */
chan queue[2] = [MESSAGES + KILLS + 1] of { byte };
byte on[MESSAGES];      /* on the queues */
byte effects[MESSAGES]; /* done, or on the dead-letter queue */
byte extra[MESSAGES];   /* put back and not cleared yet */
byte owner[16] = NONE;  /* of a number */
byte killed;            /* pools and workers */
byte kills = KILLS, fails = FAILS;
bool begun;
bool calm;              /* the last pool runs */

#define DONE 0
#define FAILED 1
#define DEAD 2
chan given[WORKERS] = [WINDOW] of { byte };   /* messages: a worker's standard input */
chan answers[WORKERS] = [WINDOW] of { byte }; /* its standard output */
bool alive[WORKERS];
byte answer[WORKERS] = NONE; /* of the message that it has done or failed to do */

/* ------------------------------------------------------------ what must hold */

#define IN(k, m) \
	(slot[k].message == m && \
	 (slot[k].state == HELD || slot[k].state == ORPHANED || (slot[k].state == RECEIVING && slot[k].prioritized) || \
	  (slot[k].state == SENDING && !slot[k].sent)))
#define LOST(m) (on[m] + effects[m] == 0 && !IN(0, m) && !IN(1, m) && !IN(2, m))
#define COPIES(m) (on[m] + IN(0, m) + IN(1, m) + IN(2, m))
#define DOUBLED(m) (COPIES(m) > 1 + extra[m])
#define MORE_THAN_ONCE(m) (effects[m] > 1 -> effects[m] - 1 : 0)
#define STRANGE(k) ((slot[k].state == HELD || slot[k].state == ORPHANED) && slot[k].message == GARBAGE)

/* It never continues unless one of these is true, in whatever state. */
active proctype monitor()
{
end_monitor:
	if
	:: begun && (LOST(0) || LOST(1) || LOST(2)) -> assert(false)
	:: DOUBLED(0) || DOUBLED(1) || DOUBLED(2) -> assert(false)
	:: MORE_THAN_ONCE(0) + MORE_THAN_ONCE(1) + MORE_THAN_ONCE(2) > CAPACITY * killed -> assert(false)
	:: STRANGE(0) || STRANGE(1) || STRANGE(2) -> assert(false)
	fi
}

/* ----------------------------------------------------------------- a worker */

proctype worker(byte me)
{
	byte m;
end_worker:
	do
	/* it does a message */
	:: d_step { alive[me] && answer[me] == NONE && given[me]?[m] -> given[me]?m; effects[m]++; answer[me] = DONE; m = 0 }
	/* or fails to */
	:: d_step { alive[me] && answer[me] == NONE && nempty(given[me]) && fails > 0 ->
		fails--; given[me]?m; answer[me] = FAILED; m = 0 }
	:: d_step { alive[me] && answer[me] == NONE && nempty(given[me]) && fails > 0 ->
		fails--; given[me]?m; answer[me] = DEAD; m = 0 }
	:: d_step { answer[me] != NONE -> answers[me]!answer[me]; answer[me] = NONE }
	/* it ends or is killed; what it has written can still be read */
	:: d_step { alive[me] && kills > 0 && !calm ->
		kills--; killed++; alive[me] = false; answer[me] = NONE;
		do
		:: given[me]?m
		:: empty(given[me]) -> break
		od;
		m = 0 }
	od
}

/* ---------------------------------------------------------------- one step */

/* One store or one system call, unless the process is killed before it. */
#define STEP(action) \
	if \
	:: atomic { kills > 0 && !last -> kills--; killed++; goto killed_here } \
	:: d_step { action } \
	fi

#define S slot[i]
#define FIND(what) \
	(slot[0].state == what -> 0 : (slot[1].state == what -> 1 : (slot[2].state == what -> 2 : NONE)))
#define USED ((slot[0].state != EMPTY) + (slot[1].state != EMPTY) + (slot[2].state != EMPTY))
#define IS(k, what, c) (slot[k].state == what && CONTENT(slot[k].message) == c)
#define COUNT(what, c) (IS(0, what, c) + IS(1, what, c) + IS(2, what, c))

/* ------------------------------------------------------------------ slots.c */

/* slots_clear() */
inline slots_clear()
{
	STEP(S.state = EMPTY);
	STEP(S.message = GARBAGE; S.copies = 0; S.given = 0; S.sent = false)
}

/* slots_receive(): `found` */
inline slots_receive(from)
{
	i = FIND(EMPTY);
	assert(i != NONE);
#ifdef MUTATION_number_kept
	STEP(S.prioritized = false);
#else
	STEP(S.prioritized = false; S.number = 0);
#endif
#ifndef MUTATION_no_receiving
	STEP(S.state = RECEIVING);
#endif
	STEP(
		if
		:: queue[from]?S.message -> on[S.message]--; S.prioritized = true; S.given = 0; found = true
		:: empty(queue[from]) -> found = false
		fi
	);
	if
	:: found -> STEP(S.state = HELD)
	:: else -> STEP(S.state = EMPTY)
	fi
}

/* slot_recover(); its steps are those of inflight.pml, here as one */
inline slot_recover()
{
	STEP(
		if
		:: S.state == RECEIVING && !S.prioritized -> S.state = EMPTY
		:: else
		fi;
		if
		:: S.state == EMPTY -> S.message = GARBAGE; S.given = 0; S.copies = 0
#ifdef MUTATION_held_not_orphaned
		:: S.state == RECEIVING -> S.state = ORPHANED
#else
		:: S.state == RECEIVING || S.state == HELD -> S.state = ORPHANED
#endif
		:: else
		fi
	)
}

/* --------------------------------------------------------------- inflight.c */

/* slots_load(), inflight_recover() */
inline inflight_recover()
{
	i = 0;
	do
	:: i < SLOTS -> slot_recover(); i++
	:: else -> break
	od;
	do
	/* the in-flight queue and the slots were full: one message is in both */
	:: FIND(EMPTY) == NONE -> assert(len(queue[QUEUE2]) == 0); break
	:: else ->
		slots_receive(QUEUE2);
		if
		:: !found -> break
		:: else -> STEP(S.state = ORPHANED)
		fi
	od;
	do
	:: FIND(SENDING) != NONE ->
		i = FIND(SENDING);
		if
#ifdef MUTATION_sent_at_equal_copies
		:: 1 + COUNT(ORPHANED, CONTENT(S.message)) >= S.copies ->
#else
#ifdef MUTATION_always_taken_as_unsent
		:: false ->
#else
		:: 1 + COUNT(ORPHANED, CONTENT(S.message)) > S.copies ->
#endif
#endif
			slots_clear()
		:: else -> STEP(S.state = ORPHANED)
		fi
	:: else -> break
	od
}

/* inflight_release(): as many as the in-flight queue holds */
inline inflight_release()
{
	noted[A] = COUNT(HELD, A) + COUNT(ORPHANED, A);
	noted[B] = COUNT(HELD, B) + COUNT(ORPHANED, B);
	do
	:: FIND(HELD) != NONE || FIND(ORPHANED) != NONE ->
		i = (FIND(HELD) != NONE -> FIND(HELD) : FIND(ORPHANED));
#ifdef MUTATION_copies_of_the_slots_only
		STEP(S.copies = COUNT(HELD, CONTENT(S.message)) + COUNT(ORPHANED, CONTENT(S.message)));
#else
		STEP(S.copies = noted[CONTENT(S.message)]);
#endif
#ifndef MUTATION_no_sending
		STEP(S.state = SENDING; S.sent = false);
#endif
		STEP(
			if
			:: len(queue[QUEUE2]) < DEPTH ->
				assert(S.given == 0); queue[QUEUE2]!S.message; on[S.message]++; S.sent = true; found = true
			:: else -> found = false
			fi
		);
		if
		:: found -> slots_clear()
		:: else ->
#ifdef MUTATION_cleared_without_room
			slots_clear();
#else
			STEP(S.state = HELD);
#endif
			break
		fi
	:: else -> break
	od;
	skip
}

/* inflight_receive(): an orphaned message, otherwise one of the queue; with a number. `found` */
inline inflight_receive()
{
	i = FIND(ORPHANED);
	found = true;
	if
	:: i == NONE -> slots_receive(QUEUE)
	:: else -> STEP(S.state = HELD)
	fi;
	if
#ifdef MUTATION_orphans_numbered_anew
	:: found && IDS ->
#else
	:: found && IDS && S.number == 0 ->
#endif
		n = next;
#ifdef MUTATION_number_before_next
		STEP(S.number = n);
		STEP(next = n + 1);
#else
		STEP(next = n + 1);
		STEP(S.number = n);
#endif
		n = 0
	:: else
	fi
}

/* ------------------------------------------------------------------- the pool */

/* to worker w */
inline give()
{
	if
	:: IDS ->
		d_step {
			assert(S.number != 0 && (owner[S.number] == NONE || owner[S.number] == S.message));
			assert(S.given == 0 || S.given == S.number);
			owner[S.number] = S.message;
			S.given = S.number
		}
	:: else
	fi;
	STEP(
		if
		/* it may have been killed */
		:: alive[w] -> given[w]!S.message
		:: else
		fi;
		pending[w]!i
	);
#ifdef MUTATION_cleared_when_given
	slots_clear()
#endif
}

/* requeue_send(), requeue_send_due(): on another queue first, then not in the slot */
inline put_back()
{
	m = S.message;
#ifdef MUTATION_cleared_before_put_back
	slots_clear();
	STEP(queue[QUEUE]!m; on[m]++);
#else
	STEP(queue[QUEUE]!m; on[m]++; extra[m]++);
#ifndef MUTATION_not_cleared_after_put_back
	slots_clear();
	extra[m]--;
#endif
#endif
	m = 0
}

inline dead_letter()
{
	m = S.message;
#ifdef MUTATION_cleared_before_dead_letter
	slots_clear();
	STEP(effects[m]++);
#else
	STEP(effects[m]++);
#ifndef MUTATION_not_cleared_after_dead_letter
	slots_clear();
#endif
#endif
	m = 0
}

/* The answer `v` to the message in slot i. */
inline answered()
{
	if
	:: v == DONE ->
#ifndef MUTATION_not_cleared_when_done
		slots_clear()
#else
		skip
#endif
	:: v == DEAD -> dead_letter()
	/* --delay, or no room on the queue: it waits in its slot */
	:: v == FAILED -> delayed!i
	:: v == FAILED -> put_back()
	/* no room on the queue: tried again at once */
	:: v == FAILED -> STEP(S.state = ORPHANED)
	fi
}

/* `last`: the one at the end */
proctype pool(bool last)
{
	byte i, w, v, m, n;
	bool found;
	byte noted[3];
	chan pending[WORKERS] = [WINDOW] of { byte }; /* slots, in the order in which they were given */
	chan delayed = [SLOTS] of { byte };
start:
	inflight_recover();
	i = 0; found = false;
	/* the workers are started */
	d_step {
		w = 0;
		do
		:: w < WORKERS -> alive[w] = true; w++
		:: else -> break
		od;
		w = 0
	};
loop:
	do
	:: len(pending[w]) < WINDOW && FIND(ORPHANED) != NONE -> goto receive
#ifdef MUTATION_capacity_not_heeded
	:: len(pending[w]) < WINDOW && FIND(ORPHANED) == NONE && nempty(queue[QUEUE]) -> goto receive
#else
	:: len(pending[w]) < WINDOW && FIND(ORPHANED) == NONE && nempty(queue[QUEUE]) && USED < CAPACITY -> goto receive
#endif
	:: nempty(answers[w]) -> goto read
	/* the end of its answers: those to what is unanswered will not come */
#ifdef MUTATION_answers_not_read_to_their_end
	:: !alive[w] -> goto restart
#else
	:: !alive[w] && empty(answers[w]) -> goto restart
#endif
	:: nempty(delayed) -> goto due
	:: WORKERS == 2 -> w = 1 - w
	/* the end: a signal, or nothing is left */
#ifdef MUTATION_ends_with_unanswered
	:: !last -> break
#else
	:: empty(pending[0]) && empty(pending[WORKERS - 1]) && !last -> break
#endif
	:: empty(pending[0]) && empty(pending[WORKERS - 1]) && empty(delayed) && last && empty(queue[QUEUE]) &&
	   FIND(ORPHANED) == NONE ->
		break
	:: atomic { kills > 0 && !last -> kills--; killed++; goto killed_here }
	od;
	goto release;
receive:
	inflight_receive();
	if
	:: found -> give()
	:: else
	fi;
	i = 0; found = false;
	goto loop;
read:
	STEP(answers[w]?v);
#ifdef MUTATION_answer_taken_for_the_last
	if
	:: len(pending[w]) == 2 -> d_step { pending[w]?n; pending[w]?i; pending[w]!n; n = 0 }
	:: else -> pending[w]?i
	fi;
#else
	pending[w]?i;
#endif
	answered();
	i = 0; v = 0;
	goto loop;
restart:
	/* what is unanswered comes back: tried again at once, or put back */
	do
#ifdef MUTATION_unanswered_taken_as_done
	:: nempty(pending[w]) -> pending[w]?i; slots_clear()
#else
	:: nempty(pending[w]) -> pending[w]?i; STEP(S.state = ORPHANED)
	:: nempty(pending[w]) -> pending[w]?i; put_back()
#endif
	:: empty(pending[w]) -> break
	od;
	i = 0;
	STEP(alive[w] = true);
	goto loop;
due:
	delayed?i;
	put_back();
	i = 0;
	goto loop;
release:
	/* what waits for its delay is put back at once */
	do
	:: nempty(delayed) -> delayed?i; put_back()
	:: empty(delayed) -> break
	od;
	if
#ifdef MUTATION_numbered_released
	:: true -> inflight_release()
#else
	/* a message on a queue has no number */
	:: !IDS -> inflight_release()
#endif
	:: IDS
	fi;
	/* slots_close(): the object is removed if all are empty */
#ifdef MUTATION_removed_with_messages
	STEP(slot[0].state = EMPTY; slot[1].state = EMPTY; slot[2].state = EMPTY);
#endif
	d_step {
		w = 0;
		do
		:: w < WORKERS -> alive[w] = false; w++
		:: else -> break
		od
	};
	assert(FIND(RECEIVING) == NONE && FIND(SENDING) == NONE);
	if
	:: last ->
		assert(USED == 0 && empty(queue[QUEUE]) && empty(queue[QUEUE2]));
		assert(effects[0] > 0 && effects[1] > 0 && effects[2] > 0)
	:: else
	fi;
	goto end;
killed_here:
	/* SIGKILL: the workers read on until the end of their pipes, and do what they read, if they are not killed too */
	atomic {
		i = 0; v = 0; m = 0; n = 0; found = false;
		noted[A] = 0; noted[B] = 0;
		w = 0;
		do
		:: w < WORKERS ->
			do
			:: given[w]?m -> effects[m]++
			:: true -> break
			od;
			do
			:: given[w]?m
			:: answers[w]?m
			:: pending[w]?m
			:: empty(given[w]) && empty(answers[w]) && empty(pending[w]) -> break
			od;
			alive[w] = false;
			answer[w] = NONE;
			w++
		:: else -> break
		od;
		do
		:: delayed?m
		:: empty(delayed) -> break
		od;
		w = 0; m = 0
	};
	goto start;
end:
	skip
}

init
{
	d_step {
		slot[0].message = GARBAGE; slot[1].message = GARBAGE; slot[2].message = GARBAGE;
		queue[QUEUE]!0; queue[QUEUE]!2; queue[QUEUE]!1;
		on[0] = 1; on[1] = 1; on[2] = 1;
		begun = true
	};
	atomic {
		run worker(0);
#if WORKERS == 2
		run worker(1);
#endif
		run pool(false)
	};
	_nr_pr == 2 + WORKERS;
	calm = true;
	run pool(true)
}
