# tradectl reconcile and what came after an order was placed: paid, delivered,
# cancelled orders are restored as they were, one that had gone on goes on, and
# units that went back are not taken, nor given back twice.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use File::Path qw(remove_tree);
use Test::More;
use Trade;
use Trade::Ctl;
use Trade::Process qw(free_port wait_for);

my $t = Trade->new;
my $a = $t->redis('a', args => ['--appendfsync', 'always']);

# /dead is a gateway to the same shard whose Kafka is away; the lease is long, so
# that nobody publishes what it leaves while we look.
my $n = $t->nginx(<<'CONF', A => $a->address, KAFKA => $t->kafka->address, NOBODY => free_port())->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_lease 10m;
    trade_payment_timeout 1h;
    trade_redis stock { server %%A%% name=a; }
    trade_redis same { server %%A%% name=a; }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_kafka dead { brokers 127.0.0.1:%%NOBODY%%; topic %%TOPIC%%; outage 100ms; }
    server {
        listen 127.0.0.1:%%PORT%%;
        trade_actions place get pay deliver cancel;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /dead/orders { trade_orders same dead; }
        location /trade { trade_status; }
    }
}
CONF

my ($kafka, $topic) = ($t->kafka, $t->topic);
my $ctl = Trade::Ctl->new(dir => $t->dir, shards => { a => $a },
    kafka => $kafka, topic => $topic);

sub key { my ($sku, $kind) = @_; return $ctl->key($sku, $kind) }
sub due { my ($sku) = @_; return join ' ', sort @{ $a->cmd('ZRANGE', key($sku, 'due'), 0, -1) } }
sub acked { my ($sku) = @_; ok(wait_for(sub { due($sku) eq '' }, 20), "$sku is acked") or diag due($sku) }

sub place {
    my ($sku, $quantity, $buyer) = @_;
    my $r = $n->order([$sku => $quantity], $buyer);
    is($r->{status}, 201, "$buyer orders") or diag $r->{body};
    return $r->{json}{order_id};
}

# act(id, actions...), each answered 200; /dead first: 202
sub act {
    my ($id, @actions) = @_;
    my ($base, $want) = $actions[0] eq '/dead' ? (shift @actions, 202) : ('/v1', 200);
    for (@actions) {
        my $r = $n->request('POST', "$base/orders/$id/$_");
        is($r->{status}, $want, "$_: $want") or diag $r->{body};
    }
    return $id;
}

# All that is in Redis of an SKU's slot, but the version, how it is closed, and
# when and for whose sake a buyer is locked.
sub state_of {
    my ($sku) = @_;
    my %slot = @{ $a->cmd('HGETALL', key($sku, 'slot')) };
    delete @slot{qw(v c f r), grep { /^changed\|/ } keys %slot};
    my %bought = @{ $a->cmd('HGETALL', key($sku, "bought:$sku")) };
    s/ .*// for values %bought;
    my %orders = map { $_ => $a->cmd('GET', $_) } grep {
        $a->cmd('GET', $_) !~ /^STOCK/
    } @{ $a->cmd('KEYS', key($sku, 'order:*')) };
    return { slot => \%slot, bought => \%bought, orders => \%orders, due => due($sku),
        unpaid => join ' ', sort @{ $a->cmd('ZRANGE', key($sku, 'unpaid'), 0, -1) } };
}

sub reconciles {
    my ($sku, $code, $name, @args) = @_;
    my ($got, $said) = $ctl->reconcile('-w', 0, '-P', 3600, @args, $ctl->slot($sku));
    is($got, $code, "$name: exit code") or diag($said);
    return $said;
}

sub equal {
    my ($sku, $name) = @_;
    my ($code, $said) = $ctl->compare($ctl->slot($sku));
    is($code, 0, "$sku is as the topic says: $name") or diag($said);
}

# Takes Redis back to where it is now, after what is done meanwhile; the gateway
# forgets what it knew.
sub rolled_back {
    my ($meanwhile) = @_;
    my $aof = "$a->{dir}/appendonlydir";
    system('cp', '-r', $aof, "$aof.now") == 0 or die "cp\n";
    $meanwhile->();
    $n->stop('QUIT');
    $a->stop;
    remove_tree($aof);
    rename "$aof.now", $aof or die "rename: $!\n";
    $a->start;
    unlink "$n->{dir}/error.log";
    $n->start;
}

# FLUSHALL: orders in every state are what they were

$n->put_stock('F-1', total => 20);
place('F-1', 1, 'placed');
act(place('F-1', 2, 'paid'), 'pay');
act(place('F-1', 3, 'delivered'), 'pay', 'deliver');
my $back = act(place('F-1', 4, 'cancelled'), 'cancel');
act(place('F-1', 5, 'refunded'), 'pay', 'cancel');
place('F-1', 1, 'refunded');
acked('F-1');
equal('F-1', 'before');
my $was = state_of('F-1');
is($was->{slot}{'available|F-1'}, 13, 'seven units are sold before the loss');
is(scalar(split ' ', $was->{unpaid}), 2, 'two orders wait for their payment before the loss');

$a->cmd('FLUSHALL');
is($n->order(['F-1' => 1], 'u-9')->{status}, 503, 'the loss is noticed');
like(reconciles('F-1', 0, 'after FLUSHALL'), qr/restored: 6 orders, the stock of 1 SKUs/,
    'reconcile says what it has restored');
is_deeply(state_of('F-1'), $was, 'orders in all states are what they were before the loss')
    or diag explain state_of('F-1');
equal('F-1', 'afterwards');
cmp_ok($a->cmd('PTTL', key('F-1', "order:$back")), '<=', 86400000,
    'the record of a restored order that has ended lives for a day');
act($back, 'cancel');
is($n->stock('F-1')->{available}, 13, 'a cancellation that is repeated after reconcile gives nothing back');

# rolled back to when they were placed: they go on to where they were

$n->put_stock('R-1', total => 20);
my %r = map { $_ => place('R-1', 2, $_) } qw(paid cancelled refunded early placed);
act($r{early}, 'pay');
acked('R-1');
my $then;
rolled_back(sub {
    act($r{paid}, 'pay');
    act($r{cancelled}, 'cancel');
    act($r{refunded}, 'pay', 'cancel');
    act($r{early}, 'deliver');
    place('R-1', 4, 'new');
    acked('R-1');
    $then = state_of('R-1');
});
isnt($n->get("/v1/orders/$r{paid}")->{json}{state}, 'paid', 'a rolled back order is not paid any more');
my ($code, $said) = $ctl->compare($ctl->slot('R-1'));
is($code, 1, '--compare notices the rollback');
like($said, qr/$r{cancelled}, version \d+, is in the topic but not in Redis/,
    '--compare names the lost cancellation');
like(reconciles('R-1', 0, 'rolled back'), qr/restored: 5 orders/, 'reconcile says how many orders it has restored');
is_deeply(state_of('R-1'), $then, 'orders in all states are what they were before the rollback')
    or diag explain state_of('R-1');
equal('R-1', 'after it was rolled back');
is($n->get("/v1/orders/$r{refunded}")->{json}{state}, 'cancelled',
    'an order that was paid and cancelled is cancelled');

# cancelled twice, before the rollback and after it: two events with one id and
# sequence, and nobody can say which consumers have seen

$n->put_stock('T-1', total => 20);
my $twice = place('T-1', 2, 'twice');
acked('T-1');
rolled_back(sub { act($twice, 'pay'); acked('T-1') });
act($twice, 'cancel');
acked('T-1');
like(reconciles('T-1', 1, 'twice'), qr/\Q$twice\E has other content/,
    'an event that differs from its copy raises an alarm');
is($n->order(['T-1' => 1], 'u-9')->{status}, 503, 'a slot with an alarm stays closed');

# cancelled, and Kafka has it not: the units are not back, before and after

$n->put_stock('D-1', total => 20);
my $waits = place('D-1', 3, 'waits');
act($waits, '/dead', 'cancel');
is($n->stock('D-1')->{available}, 17, 'the units of a cancellation that waits for Kafka are not back');
equal('D-1', 'with a cancellation that waits');
reconciles('D-1', 0, 'with a cancellation that waits');
is(due('D-1'), "$waits.2", 'a restored cancellation is still due');
is($n->stock('D-1')->{available}, 17, 'the units of a restored cancellation are not back yet');

# the topic has lost a cancellation that was acknowledged: it is published again,
# and gives nothing back a second time

my $other = "$topic-2";
$n->put_stock('L-1', total => 20);
my $lost = act(place('L-1', 3, 'lost'), 'cancel');
my $sold = place('L-1', 1, 'lost');
acked('L-1');
is($n->stock('L-1')->{available}, 19, 'the units of a cancelled order are back');
my $slot = $ctl->slot('L-1');
my $end = Trade::Ctl->new(dir => $t->dir, shards => { a => $a }, kafka => $kafka, topic => $other);

# to a topic that has all but the cancellation
my @kept = grep { ($_->{headers}{ce_id} // '') ne "$lost.2" } $kafka->records($topic);
for my $record (@kept) {
    open my $k, '|-', 'kcat', '-P', '-b', $kafka->address, '-t', $other, '-k', $record->{key},
        map { ('-H', "$_=$record->{headers}{$_}") } sort keys %{ $record->{headers} }
        or die "kcat: $!\n";
    print $k $record->{payload};
    close $k or die "kcat\n";
}
(my $got, $said) = $end->reconcile('-w', 0, $slot);
is($got, 1, 'reconcile notices a cancellation that the topic has lost') or diag $said;
like($said, qr/1 events that the topic has lost will be published again/,
    'reconcile publishes the lost cancellation again');
is(due('L-1'), "$lost.2", 'the lost cancellation is due');
is($n->stock('L-1')->{available}, 16, 'the units of the lost cancellation are taken until it is published');
is($n->get("/v1/orders/$lost")->{json}{state}, 'cancelled', 'the order is still shown as cancelled');

$n->stop('QUIT');
my $quick = $t->nginx(<<'CONF', A => $a->address, KAFKA => $kafka->address, TO => $other)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TO%%; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
    }
}
CONF
# as if the lease were over
$a->cmd('ZADD', key($_, 'due'), 1, due($_)) for grep { due($_) ne '' } qw(L-1 D-1);
acked('L-1');
is($quick->stock('L-1')->{available}, 19, 'the units are back, once, when the cancellation is published');
($got, $said) = $end->compare($slot);
is($got, 0, 'the slot is what the topic says when the cancellation is published') or diag $said;
acked('D-1');
is($quick->stock('D-1')->{available}, 20, 'the units of the cancellation that waited are back, too');

$t->done;
