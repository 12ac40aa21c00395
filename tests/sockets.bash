# sockets.bash - what the tests of the sock* commands share: `load sockets`
#
#   $s                     the address of a socket in the test's folder, where it is the file s
#   listening [ADDRESS]    does a process listen there? Finds out without connecting.

setup() {
	basic_setup
	# not ./s: the addresses that /proc/net/unix shows are those of all who run tests now
	s=$BATS_TEST_TMPDIR/s
}

listening() {
	grep -q " 00010000 .* ${1-$s}\$" /proc/net/unix
}
