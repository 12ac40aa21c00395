#!/usr/bin/env bats
# How values are written, tried through applets that take them.

# bats file_tags=one-user
load helper

setup() {
	basic_setup
	s=$(name s) q=$(name q)
}

# assert_refused WHY COMMAND...: a usage error with WHY in it; no object comes of it
assert_refused() {
	local why=$1
	shift
	echo "$*"
	run --separate-stderr "$@"
	assert_failure 2
	assert_equal "$output" ''
	assert_equal "${#stderr_lines[@]}" 2
	[[ ${stderr_lines[0]} == "$1: "*"$why" ]]
	[[ ! -e /dev/shm/$s ]]
}

assert_size() {
	shmcreate "$s" "$1"
	assert_equal "$1 is $(stat -c %s "/dev/shm/$s")" "$1 is $2"
	shmunlink "$s"
}

@test "a size counts by 1024, or by 1000 with B" {
	local letter binary=1 decimal=1
	for letter in K M G T P; do
		binary=$((binary * 1024)) decimal=$((decimal * 1000))
		assert_size "1$letter" $binary
		assert_size "3${letter}iB" $((3 * binary))
		assert_size "5${letter}B" $((5 * decimal))
	done
	assert_size 1k 1024
	assert_size 1kB 1000
	assert_size 1kiB 1024
	assert_size 12B 12
	assert_size 0K 0
	assert_size 0000000000000000000000000000012 12
}

@test "a size reaches up to the largest that an object can have" {
	assert_size 9223372036854775807 9223372036854775807
	assert_size 9223372036854775807B 9223372036854775807
	assert_size 9007199254740991K 9223372036854774784
	assert_size 8191P 9222246136947933184
	local size
	for size in 9223372036854775808 9007199254740992K 8192P 9224PB 9999999T 18446744073709551616 18446744073709551615P \
		99999999999999999999999999K; do
		assert_refused "'$size' is more than 9223372036854775807" shmcreate "$s" "$size"
	done
}

@test "what is no size is refused" {
	local size
	for size in '' ' ' K -1 +1 1.5K .5K 1,5 0x10 1e3 ' 1' '1 ' '1 K' 1KK 1Kb 1KIB 1iB 1BB 1m 1g 1E 8EiB 1Ki $'1\n' ١; do
		assert_refused "'${size/$'\n'/\\x0a}' is not a size" shmcreate "$s" "$size"
	done
}

@test "an option says which one its wrong value was for" {
	assert_refused "option '-o': '1.5' is not a size" shmread -o 1.5 "$s"
	assert_refused "option '-o': 'x' is not a size" shmread -ox "$s"
	assert_refused "option '--offset': '' is not a size" shmread --offset= "$s"
	assert_refused "option '--length': '9223372036854775808' is more than 9223372036854775807" \
		shmread --length 9223372036854775808 "$s"
	assert_refused "option '-m': '999' is not a mode" shmcreate -m 999 "$s" 1
	assert_refused "option '-o' requires a value" shmread -o
	assert_refused "option '--offset' requires a value" shmread --offset
}

@test "a mode is octal or symbolic" {
	local row
	# relative to 0600
	for row in 0:0 7:7 00644:644 777:777 u+x:700 g=r:640 g+r,o+r:644 a=r:444 g=u:660 go=u,o-w:664 u-w:400 a=:0 ug=rw,u-w:460 \
		+x:711 =r:444 u=,g=rw:60 u=rX:400 a+X:600 u+x,g+X:710 g+r-r+w:620; do
		shmcreate -m "${row%:*}" "$s" 0
		assert_equal "${row%:*} is $(stat -c %a "/dev/shm/$s")" "${row%:*} is ${row#*:}"
		shmunlink "$s"
	done
}

@test "a clause without u, g, o or a honours the umask, others do not" {
	umask 027
	shmcreate -m +rwx "$s" 0
	assert_equal "$(stat -c %a "/dev/shm/$s")" 750
	shmunlink "$s"
	shmcreate -m a+rwx "$s" 0
	assert_equal "$(stat -c %a "/dev/shm/$s")" 777
	shmunlink "$s"
	assert_equal "$(umask)" 0027
}

@test "what is no mode is refused" {
	local mode
	for mode in '' ' ' 8 08 0o7 0x1 -600 u r x+r u+q u++q 'u=rw,' ',u=r' 'u=rw,,g=r' u=rw:g=r u=ug ug 'u=rw '; do
		assert_refused "option '-m': '$mode' is not a mode" shmcreate -m "$mode" "$s" 1
	done
	for mode in 1000 1777 04755 777777777777777777777 +t u+s g=s a=rwxt; do
		assert_refused "option '-m': '$mode' is more than permission bits (0 to 0777)" shmcreate -m "$mode" "$s" 1
	done
}

@test "a duration has a unit, seconds without" {
	mqcreate "$q"
	mqsend "$q" there
	local duration
	for duration in 2 0.5 .5 2. 200ms 3s 2m 1h 1d 10us 10ns 0 0.000 1.5h 0.0000000000001 00000000000000000002 9223372036.854775807; do
		echo "$duration"
		run mqwait -t "$duration" "$q"
		assert_success
	done
	mqunlink "$q"
}

@test "a duration passes" {
	mqcreate "$q"
	local duration
	for duration in 0 0s 1ns 20ms 0.02 .02s 0.0001m; do
		echo "$duration"
		run within 5 mqwait -t "$duration" "$q"
		assert_failure 124
	done
	mqunlink "$q"
}

@test "what is no duration is refused" {
	local duration
	for duration in '' ' ' . s -1 +1 1e3 0x1 inf nan 1.2.3 1,5 '1 s' 1sec 1S 1min 1w 1y 1ss ' 1' $'1\n'; do
		assert_refused "'${duration/$'\n'/\\x0a}' is not a duration" mqwait -t "$duration" "$q"
	done
	for duration in 9223372036.854775808 9223372037 153722868m 2562048h 106752d 99999999999999999999 99999999999999999999d; do
		assert_refused "'$duration' is more than 292 years" mqwait -t "$duration" "$q"
	done
}

@test "a count is a whole number in its range" {
	local count
	for count in '' x 1.5 1K ' 1' '1 ' + - 0x1 1e3; do
		assert_refused "'$count' is not a number" mqsend -p "$count" "$q" text
	done
	assert_refused "'32768' is more than 32767" mqsend -p 32768 "$q" text
	# a type of System V may be as large as a number can be
	count=99999999999999999999
	assert_refused "'$count' is more than 9223372036854775807" mqsend -p "$count" "$q" text
	for count in -1 -99999999999999999999; do
		assert_refused "'$count' is less than 0" mqsend -p "$count" "$q" text
	done
}

@test "a rate is a number of more than 0, and of 1000000000 at most" {
	local rate
	mqcreate "$q"
	later mqunlink -f "$q"
	for rate in 1000000000 1000000000.0 00020 .5 2. 2.5; do
		mqsend -n --rate "$rate" "$q" 1
	done
	for rate in '' . x -1 +1 1s 1ms 1e3 ' 1' 0x10 1..2; do
		assert_refused "'$rate' is not a number" mqsend --rate "$rate" "$q" 1
	done
	for rate in 0 0.0 .0; do
		assert_refused "'$rate' is not more than 0" mqsend --rate "$rate" "$q" 1
	done
	for rate in 1000000001 1000000000.000000001 99999999999999999999; do
		assert_refused "'$rate' is more than 1000000000" mqsend --rate "$rate" "$q" 1
	done
	run mqrecv -a "$q"
	assert_equal "${#lines[@]}" 6
}
