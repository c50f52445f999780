# The state machines of lib/ and the rules of the scripts, under seeded
# schedules of all that can go wrong: see t/sim/sim.h, and sim_check.c for what
# must be true.  A seed that fails is printed, with the line that replays it.

use strict;
use warnings;

use FindBin;
use Test::More;

my $sim = "$ENV{TRADE_OUT}/sim/sim";
my ($schedules, $jobs) = (10000, 2);

my @runs = map {
    my $first = 1 + $_ * $schedules / $jobs;
    open my $out, '-|', "$sim $first " . $schedules / $jobs . ' 2>&1' or die $!;
    $out;
} 0 .. $jobs - 1;

for my $out (@runs) {
    my $said = join '', <$out>;
    ok(close $out, 'schedules keep all promises') or diag($said);
    like($said, qr/^\d+ schedules/, 'all schedules have run');
}

# the same seed is the same schedule: else none could be replayed

my $trace = `$sim -v 7`;
cmp_ok(length $trace, '>', 1000, 'a schedule can be watched');
ok($trace eq `$sim -v 7`, 'a schedule is the same each time');

done_testing;
