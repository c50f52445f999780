# Orders are paid at the moment they expire: one of both wins, 10,000 times, and
# who pays is told which.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use List::Util qw(sum shuffle);
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(wait_for);

my $t = Trade->new;
my $redis = $t->redis('a');
my $kafka = $t->kafka;

my $n = $t->nginx(<<'CONF', A => $redis->address, KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_payment_timeout 700ms;
    trade_timeout 10s;
    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders {
            trade_orders stock orders;
            trade_actions place get pay;
        }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
CONF

my ($orders, $wave) = (10000, 1000);
my @skus = map { "R-$_" } 1 .. 25;
ok(wait_for(sub { !grep { $n->put_stock($_, total => $orders)->{status} != 200 } @skus }, 20),
    'stock is set');

my (%told, %strange);
my $pause = 0.5;        # and up to a second more
for my $w (1 .. $orders / $wave) {
    my @r = load($n, 32, map { order([$skus[$_ % @skus] => 1], "u-$w-$_") } 1 .. $wave);
    my @ids = map { $_->{json}{order_id} // () } grep { $_->{status} == 201 } @r;
    is(scalar @ids, $wave, 'orders are placed') if @ids != $wave;

    # a sweeper looks for them once a second, from 0.7 s after their ack on
    select undef, undef, undef, $pause + rand;
    @ids = shuffle @ids;
    my @p = load($n, 32, map { { method => 'POST', path => "/v1/orders/$_/pay" } } @ids);
    for my $i (0 .. $#ids) {
        my ($status, $state) = ($p[$i]{status}, $p[$i]{json}{state} // '');
        my $as = $status == 200 && $state eq 'paid' ? 'paid'
            : $status == 202 && $state eq 'paid' ? 'paid'
            : $status == 409 && $state eq 'expired' ? 'expired' : undef;
        $as ? ($told{ $ids[$i] } = $as) : $strange{"$status $state"}++;
    }

    # a slow machine is late by itself
    my $paid = grep { ($told{$_} // '') eq 'paid' } @ids;
    $pause = $paid > @ids / 2 ? $pause + 0.2 : $pause > 0.2 ? $pause - 0.2 : 0;
}
is(scalar keys %told, $orders, 'all who pay are told paid or expired') or diag explain \%strange;
my %n = (paid => 0, expired => 0);
$n{$_}++ for values %told;
note "$n{paid} paid, $n{expired} expired";
cmp_ok($n{$_}, '>', $orders / 50, "some orders are $_") for sort keys %n;

ok(wait_for(sub { !%{ $redis->due } }, 20), 'all events are published');
my %events;
for my $r ($kafka->records($t->topic)) {
    my ($what) = $r->{headers}{ce_type} =~ /order\.(\w+)/ or next;
    $events{ $r->{headers}{ce_subject} }{"$r->{headers}{ce_sequence} $what"} = 1;
}
my @wrong = grep {
    join(', ', sort keys %{ $events{$_} }) ne "1 placed, 2 $told{$_}"
} sort keys %told;
is_deeply([map { [$_, $events{$_}] } @wrong], [],
    'the topic has the states that the buyers were told, and no others');

is(sum(map { $n->stock($_)->{sold} } @skus), $n{paid}, 'paid orders are sold, and the units of the others are back');
is(sum(map { $redis->cmd('ZCARD', $_) } $redis->keys('trade:{*}:unpaid')) // 0, 0,
    'no order waits for its payment in the end');

$t->done;
