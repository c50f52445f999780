# Orders under faults: after every fault of nginx, Redis, Kafka and the network
# between them, the buyers' own history, the topic and Redis agree in the end.
#
# SEED= decides the orders and the times of the faults.  As it stands this is a
# short form; `make torture` is the whole: ORDERS, SKUS, WORKERS, WINDOWS, RATE
# (a second), CARTS (of 100 orders), and NEMESES, a list of names, say how much.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;
use Trade::History::Check qw(check figures invariants);
use Trade::History;
use Trade::Nemesis qw(names schedule);
use Trade::Torture;

# in so short a time: one of each sort
my @SHORT = qw(nginx-worker-kill nginx-reload redis-kill redis-script-flush
    redis-cut-after redis-cut-held kafka-stop);

my $seed = $ENV{SEED} // 1;
my $carts = $ENV{CARTS} // 20;
my @names = $ENV{NEMESES} ? split(/[ ,]+/, $ENV{NEMESES})
    : $ENV{WINDOWS} ? grep({ !/^disk/ || Trade::mounts() } names()) : @SHORT;
@names = grep { !/-held|-sold/ } @names unless $carts;
my $windows = $ENV{WINDOWS} // @names;
my $orders = $ENV{ORDERS} // 6000;

my $t = Trade->new;
my $w = Trade::Torture->new(test => $t, seed => $seed, orders => $orders,
    skus => $ENV{SKUS} // 50, workers => $ENV{WORKERS} // 2 + $seed % 3,
    carts => $carts,
    rate => $ENV{RATE} // int($orders / $windows / 3.5));
note "seed $seed, ", $t->dir;

for my $names (schedule($seed, $windows, @names)) {
    my $window = @$names ? $w->befall(@$names) : $w->calm;
    note sprintf '%s: %s (%.1f s), open after %s s', "@$names" || 'calm',
        join('; ', map { $_ || 'NO EFFECT' } @{ $window->{evidence} }),
        $window->{end} - $window->{begin}, $window->{open} || 'no';
}
$w->finish;

my $run = Trade::History::read_run($t->dir);
my %found = check($run);
my %n = map { @$_ } my @figures = figures($run);
note sprintf '%-30s %s', @$_ for @figures;
for my $name (invariants()) {
    my @found = @{ $found{$name} };
    is(scalar @found, 0, $name) or diag map { "$_\n" } splice @found, 0, 20;
}
cmp_ok(scalar @{ $run->{attempts} }, '>=', $orders, "$orders attempts");
cmp_ok(scalar @{ $run->{windows} }, '>=', $windows, "$windows windows");

cmp_ok($n{$_} // 0, '>=', $orders / 500, $_) for 'orders paid', 'orders delivered',
    'orders cancelled', $carts ? 'carts placed' : ();
cmp_ok($n{'parts given up'}, '>=', $orders / 5000, 'parts given up') if $carts;

my @alerts = grep { !/exited (?:on signal 9|with code)/ } $w->{nginx}->alerts;
is("@alerts", '', 'no alert and no sanitizer report');
undef $w;
done_testing();
