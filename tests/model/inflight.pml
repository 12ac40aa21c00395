/* SPDX-License-Identifier: MIT */
/*
 * mqrecv --exec --in-flight: src/pool/inflight.c, slots.c and what calls them. See tests/README.md.
 *
 * Two pools take messages from one queue, of which one at a time has the slots. Each can be killed between any two
 * of its stores and system calls, KILLS times in all, and is started again. In every state each message is exactly
 * once in one place: on the queue, on the in-flight queue, in a slot, or removed since its job is done. A message
 * that is put back is on both queues for a moment: a pool that is killed then leaves it on both (mqrecv(1) says so).
 * At the end one more pool runs, undisturbed, after which nothing is left.
 *
 * Two of the three messages are equal: A A B. The length of A is 1, that of B is 2, so that the length of a message
 * that was received without the call returning matters. `dirty` is how many bytes of a slot, from the first, are not
 * the fill byte.
 *
 * Check: -DPOOLS=1 -DKILLS=2
 * Check: -DPOOLS=2 -DKILLS=1
 *
 * MUTATION_... leaves out or exchanges a step: scripts/model shows that each one is found.
 */
#ifndef KILLS
#define KILLS 2
#endif
#ifndef POOLS
#define POOLS 1
#endif
#ifndef PUT_BACKS
#define PUT_BACKS 1
#endif
#define DEPTH 2   /* of the in-flight queue */
#define WORKERS 2
#define SLOTS 3   /* slots_header_of(): one more than it holds */
#define NONE 255
#define A 0
#define B 1
#define GARBAGE 2 /* bytes that are no message */
#define LENGTH(c) ((c) + 1)

/* enum slot_state */
#define EMPTY 0
#define RECEIVING 1
#define HELD 2
#define SENDING 3
#define ORPHANED 4

typedef slot_t {
	byte state;
	bool prioritized; /* false: NO_PRIORITY */
	byte content, length, dirty;
	byte copies;
	bool sent /* not in the program: the message is on the queue already */
};

typedef object_t {
	slot_t slot[SLOTS];
	byte users, lock
};

object_t object[2]; /* QUEUE2.in-flight, and one that was removed but is open */
byte name = NONE;   /* the object that has the name */
#define QUEUE 0
#define QUEUE2 1
chan queue[2] = [3 + KILLS] of { byte };
byte on[4];         /* messages on the queues: ON(which, content) */
byte removed[2];    /* their jobs are done */
byte extra[2];      /* put back and not removed from the in-flight queue yet */
bool begun;
byte kills = KILLS, put_backs = PUT_BACKS;

/* ------------------------------------------------------------ what must hold */

#define LINKED(k) object[name].slot[k]
#define IN(k, c) \
	(name == NONE -> 0 : \
	 (LINKED(k).content != c -> 0 : \
	  (((LINKED(k).state == HELD || LINKED(k).state == ORPHANED) && LINKED(k).length == LENGTH(c)) || \
	   (LINKED(k).state == RECEIVING && LINKED(k).prioritized && LINKED(k).dirty == LENGTH(c)) || \
	   (LINKED(k).state == SENDING && !LINKED(k).sent && LINKED(k).length == LENGTH(c)))))
#define ON(which, c) on[2 * (which) + c]
#define TOTAL(c) (ON(QUEUE, c) + ON(QUEUE2, c) + IN(0, c) + IN(1, c) + IN(2, c) + removed[c])
#define SENT(c) (2 - c + extra[c])
#define LOST (TOTAL(A) < SENT(A) || TOTAL(B) < SENT(B))
#define DOUBLED (TOTAL(A) > SENT(A) || TOTAL(B) > SENT(B))

#define STRANGE(k) (name != NONE && LINKED(k).content == GARBAGE && (LINKED(k).state == HELD || LINKED(k).state == ORPHANED))

/* It never continues unless one of these is true, in whatever state. */
active proctype monitor()
{
end_monitor:
	if
	:: begun && LOST -> assert(false) /* a message, or a byte of it */
	:: begun && DOUBLED -> assert(false)
	:: STRANGE(0) || STRANGE(1) || STRANGE(2) -> assert(false) /* a message that nobody sent */
	fi
}

/* ---------------------------------------------------------------- one step */

/* SIGKILL: the kernel closes the descriptors, and with them the lock is released. */
#define CLOSE \
	if \
	:: opened -> \
		object[o].users--; \
		if \
		:: object[o].lock == _pid -> object[o].lock = 0 \
		:: else \
		fi \
	:: else \
	fi; \
	opened = false; o = 0; i = 0; found = 0; again = false; noted[A] = 0; noted[B] = 0

#define KILL d_step { kills > 0 && !last -> kills--; CLOSE; running[A] = 0; running[B] = 0; c = 0 }

/* One store or one system call, unless the process is killed before it. */
#define STEP(action) \
	if \
	:: KILL; goto start \
	:: d_step { action } \
	fi

#define S object[o].slot[i]
#define FIND(what) \
	(object[o].slot[0].state == what -> 0 : \
	 (object[o].slot[1].state == what -> 1 : (object[o].slot[2].state == what -> 2 : NONE)))
#define IS(k, what, c) (object[o].slot[k].state == what && object[o].slot[k].content == c)
#define COUNT(what, c) (IS(0, what, c) + IS(1, what, c) + IS(2, what, c))

/* ------------------------------------------------------------------ slots.c */

/* What it means that a slot is cleared: the message is elsewhere, its job is done, it was put back. */
#define MOVED 0
#define DONE 1
#define PUT_BACK 2
#define MEANS(what) \
	removed[c] = removed[c] + (what == DONE); \
	extra[c] = extra[c] - (what == PUT_BACK)

/* slot_clear() */
inline slot_clear(what)
{
#ifdef MUTATION_fill_before_empty
	STEP(S.dirty = 0; S.content = GARBAGE);
	STEP(S.state = EMPTY; MEANS(what))
#else
	STEP(S.state = EMPTY; MEANS(what));
#ifndef MUTATION_no_fill
	STEP(S.dirty = (S.length >= S.dirty -> 0 : S.dirty); S.content = GARBAGE)
#endif
#endif
}

/* mq_timedreceive(2): the kernel removes the message and writes it and its priority, or does neither. */
inline mq_receive(from)
{
	STEP(
		if
		:: queue[from]?S.content ->
			ON(from, S.content)--;
			S.prioritized = true;
			S.dirty = (S.dirty > LENGTH(S.content) -> S.dirty : LENGTH(S.content));
			found = 1
		:: empty(queue[from]) -> found = 0
		fi
	)
}

/* slots_receive(): `found` */
inline slots_receive(from)
{
	i = FIND(EMPTY);
	assert(i != NONE);
#ifdef MUTATION_receiving_before_no_priority
	STEP(S.state = RECEIVING);
	STEP(S.prioritized = false);
#else
#ifndef MUTATION_no_priority_mark
	STEP(S.prioritized = false);
#endif
#ifndef MUTATION_no_receiving
	STEP(S.state = RECEIVING);
#endif
#endif
	mq_receive(from);
	if
	:: found == 0 ->
#ifndef MUTATION_not_emptied_after_nothing
		STEP(S.state = EMPTY)
#else
		skip
#endif
	:: else ->
#ifdef MUTATION_held_before_length
		STEP(S.state = HELD);
		STEP(S.length = LENGTH(S.content))
#else
		STEP(S.length = LENGTH(S.content));
		STEP(S.state = HELD)
#endif
	fi
}

/* slot_send() to the in-flight queue */
inline slot_send(equal)
{
#ifdef MUTATION_sending_before_copies
	STEP(S.state = SENDING; S.sent = false);
	STEP(S.copies = equal);
#else
#ifndef MUTATION_no_copies
	STEP(S.copies = equal);
#endif
#ifndef MUTATION_no_sending
	STEP(S.state = SENDING; S.sent = false);
#endif
#endif
#ifdef MUTATION_clear_before_send
	slot_clear(MOVED);
#endif
	STEP(assert(len(queue[QUEUE2]) < DEPTH); queue[QUEUE2]!S.content; ON(QUEUE2, S.content)++; S.sent = true);
#ifndef MUTATION_clear_before_send
#ifndef MUTATION_not_cleared_after_send
	slot_clear(MOVED)
#endif
#endif
}

/* slot_recover() */
inline slot_recover()
{
#ifndef MUTATION_receiving_kept
	STEP(
		if
		:: S.state == RECEIVING && !S.prioritized -> S.state = EMPTY
		:: else
		fi
	);
#endif
	STEP(
		if
#ifndef MUTATION_no_fill_at_recovery
		:: S.state == EMPTY -> S.dirty = 0; S.content = GARBAGE
#endif
#ifndef MUTATION_no_length_at_recovery
		:: S.state == RECEIVING -> S.length = S.dirty
#endif
		:: else
		fi
	);
	STEP(
		if
#ifdef MUTATION_sending_not_kept
		:: S.state != EMPTY -> S.state = ORPHANED
#else
		:: S.state != EMPTY && S.state != SENDING -> S.state = ORPHANED
#endif
		:: else
		fi
	)
}

/* slots_open(): segment_open_or_create(), slots_lock(), slots_load() */
inline slots_open()
{
	again = true;
	do
	:: again ->
		STEP(
			if
			:: name == NONE ->
				/* a new object appears with its name, whole */
				o = (object[0].users == 0 -> 0 : 1);
				assert(object[o].users == 0);
				i = 0;
				do
				:: i < SLOTS -> S.state = EMPTY; S.dirty = 0; S.length = 0; S.content = GARBAGE; S.copies = 0;
					S.prioritized = false; S.sent = false; i++
				:: else -> break
				od;
				name = o
			:: else -> o = name
			fi;
			object[o].users++;
			opened = true
		);
		if
		:: KILL; goto start
#ifdef MUTATION_no_lock
		:: true
#else
		:: d_step { object[o].lock == 0 -> object[o].lock = _pid }
		/* in use by another mqrecv: it ends */
		:: d_step { object[o].lock != 0 && !last -> CLOSE } goto end
#endif
		fi;
#ifdef MUTATION_no_link_count
		again = false;
#else
		STEP(again = (name != o));
#endif
		if
		:: again -> d_step { CLOSE; again = true }
		:: else
		fi
	:: else -> break
	od;
	i = 0;
	do
	:: i < SLOTS -> slot_recover(); i++
	:: else -> break
	od
}

/* slots_close(): remove the object if all slots are empty. */
inline slots_close()
{
#ifdef MUTATION_unlock_before_unlink
	STEP(object[o].lock = 0);
#endif
	/* a pool that is not killed leaves its messages where mqstat shows them */
	assert(FIND(RECEIVING) == NONE && FIND(HELD) == NONE && FIND(SENDING) == NONE && FIND(ORPHANED) == NONE);
	STEP(name = NONE);
	d_step { CLOSE }
}

/* --------------------------------------------------------------- inflight.c */

/* inflight_recover() */
inline inflight_recover()
{
	do
#ifndef MUTATION_full_queue_not_expected
	/* inflight_receive_all(): no slot is left */
	:: FIND(EMPTY) == NONE -> assert(len(queue[QUEUE2]) == 0); break
#endif
	:: else ->
		slots_receive(QUEUE2);
		if
		:: found == 0 -> break
		:: else -> STEP(S.state = ORPHANED)
		fi
	od;
	do
	:: FIND(SENDING) != NONE ->
		i = FIND(SENDING);
		/* inflight_was_sent() */
		if
#ifdef MUTATION_sent_at_equal_copies
		:: 1 + COUNT(ORPHANED, S.content) >= S.copies ->
#else
#ifdef MUTATION_always_taken_as_unsent
		:: false ->
#else
		:: 1 + COUNT(ORPHANED, S.content) > S.copies ->
#endif
#endif
			slot_clear(MOVED)
		:: else -> STEP(S.state = ORPHANED)
		fi
	:: else -> break
	od;
	noted[A] = COUNT(ORPHANED, A);
	noted[B] = COUNT(ORPHANED, B)
}

/* inflight_send_slots() */
inline inflight_send_slots(what)
{
	do
	:: FIND(what) != NONE ->
		i = FIND(what);
		slot_send(noted[S.content])
	:: else -> break
	od
}

/* inflight_receive() */
inline inflight_receive()
{
	i = FIND(ORPHANED);
	found = 1;
	if
	:: i == NONE ->
		slots_receive(QUEUE);
#ifndef MUTATION_not_noted
		if
		:: found == 1 -> noted[S.content]++
		:: else
		fi
#endif
	:: else
	fi;
	if
	:: found == 1 ->
		running[S.content]++;
		slot_send(noted[S.content])
	:: else
	fi
}

/* inflight_remove() */
inline inflight_remove(meaning)
{
	do
	:: true ->
		slots_receive(QUEUE2);
		assert(found == 1);
		if
		:: S.content == c && S.length == LENGTH(c) -> break
		:: else
		fi
	od;
	slot_clear(meaning);
#ifndef MUTATION_not_forgotten
	noted[c]--;
#endif
#ifndef MUTATION_others_not_put_back
	inflight_send_slots(HELD)
#endif
}

/* ------------------------------------------------------------------- pool.c */

/* pool_run(); `last`: the one at the end */
proctype pool(bool last)
{
	byte o, i, c, found;
	bool opened, again;
	byte noted[3];   /* inflight.hashes */
	byte running[3]; /* pool.jobs */
start:
	slots_open();
	inflight_recover();
loop:
	do
	/* pool_may_receive(), inflight_is_full() */
	:: running[A] + running[B] < WORKERS &&
	   (FIND(ORPHANED) != NONE || (len(queue[QUEUE]) > 0 && noted[A] + noted[B] < DEPTH)) ->
		inflight_receive()
	/* a command has ended: retry_job_done(), retry_job_failed() */
	:: running[A] > 0 -> running[A]--; c = A; goto ended
	:: running[B] > 0 -> running[B]--; c = B; goto ended
	/* pool_is_done() */
	:: running[A] + running[B] == 0 &&
	   (!last || (len(queue[QUEUE]) == 0 && FIND(ORPHANED) == NONE)) ->
		break
	:: KILL; goto start
	od;
	goto release;
ended:
	if
	:: true ->
#ifdef MUTATION_done_without_removal
		STEP(removed[c]++)
#else
		inflight_remove(DONE)
#endif
	:: put_backs > 0 && !last ->
		put_backs--;
		/* requeue_send(): on the queue first, then removed from the in-flight queue */
#ifdef MUTATION_removed_before_put_back
		inflight_remove(MOVED);
		STEP(queue[QUEUE]!c; ON(QUEUE, c)++)
#else
		STEP(queue[QUEUE]!c; ON(QUEUE, c)++; extra[c]++);
		inflight_remove(PUT_BACK)
#endif
	fi;
	c = 0;
	goto loop;
release:
	/* inflight_release() */
	inflight_send_slots(HELD);
#ifndef MUTATION_orphans_not_put_back
	inflight_send_slots(ORPHANED);
#endif
	slots_close();
	if
	:: last ->
		assert(removed[A] == SENT(A) && removed[B] == SENT(B));
		assert(len(queue[QUEUE]) == 0 && len(queue[QUEUE2]) == 0 && name == NONE)
	:: else
	fi;
end:
	skip
}

init
{
	d_step {
		queue[QUEUE]!A; queue[QUEUE]!B; queue[QUEUE]!A;
		ON(QUEUE, A) = 2; ON(QUEUE, B) = 1;
		begun = true
	};
	atomic {
		run pool(false);
#if POOLS == 2
		run pool(false);
#endif
		skip
	};
	_nr_pr == 2;
	run pool(true)
}
