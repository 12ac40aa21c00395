# sockets.bash - what the tests of the sock* commands share: `load sockets`
#
#   $s                     the address of a socket in the test's folder, where it is the file s

setup() {
	basic_setup
	# not ./s: the addresses that /proc/net/unix shows are those of all who run tests now
	s=$BATS_TEST_TMPDIR/s
}
