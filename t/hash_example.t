# examples/upstream: a backend is lost, comes back, and one is added; and the
# keys that move are those that should.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;
use Trade::Process qw(slurp);

my $KEYS = 300;

my $t = Trade->new;
my $log = $t->dir . '/example.log';
my $p = Trade::Process->new(log => $log, env => Trade::Nginx::environment($t->dir),
    command => ['python3', "$Trade::root/examples/upstream/upstream.py", '--module', $ENV{TRADE_HASH_MODULE},
        '--keys', $KEYS, $ENV{TRADE_NGINX} ? ('--nginx', $ENV{TRADE_NGINX}) : ()]);
$p->wait_end(600) or die "the example does not end\n";
my $said = slurp($log);
is($p->{status}, 0, 'the example finds what it expects') or diag($said);

my %three = $said =~ /^three backends: a (\d+), b (\d+), c (\d+)$/m ? (a => $1, b => $2, c => $3) : ();
is(($three{a} // 0) + ($three{b} // 0) + ($three{c} // 0), $KEYS, 'each key has a backend');
like($said, qr/^b is lost: $three{b} of $KEYS keys moved, to: a \d+, c \d+$/m, 'the keys of a lost backend go to both others');
like($said, qr/^b is back: 0 of $KEYS keys moved, to: -$/m, 'they return');
my ($moved) = $said =~ /^d is added: (\d+) of $KEYS keys moved, to: d \1$/m;
cmp_ok($moved // 0, '>', $KEYS / 10, 'a backend that is added takes keys');
cmp_ok($moved // $KEYS, '<', $KEYS / 2, 'but about its share of them');

$t->done;
