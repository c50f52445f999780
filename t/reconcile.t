# tradectl reconcile restores from the topic what Redis has lost: stock, buyers
# and orders.  It names what it can't restore.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use File::Path qw(remove_tree);
use List::Util qw(max);
use POSIX ();
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Ctl;
use Trade::Load qw(load order);
use Trade::Proxy;
use Trade::Process qw(free_port slurp spew wait_for);

my $t = Trade->new;
my $a = $t->redis('a', args => ['--appendfsync', 'always']);

# /dead is a gateway to the same shard whose Kafka is away: 202.  The lease is
# long, so that nobody publishes those while we look.
my $n = $t->nginx(<<'CONF', A => $a->address, KAFKA => $t->kafka->address, NOBODY => free_port())->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    log_format trade '$remote_addr "$request" $status $trade_order_id $trade_result';
    access_log %%TESTDIR%%/trade.log trade;

    trade_zone main:16m;
    trade_lease 10m;
    trade_redis stock { server %%A%% name=a; }
    trade_redis same { server %%A%% name=a; }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_kafka dead {
        brokers 127.0.0.1:%%NOBODY%%;
        topic %%TOPIC%%;
        outage 100ms;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
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

sub field { my ($sku, $field) = @_; $a->cmd('HGET', $ctl->key($sku, 'slot'), $field) }
sub reason { field($_[0], 'c') // 'open' }

sub acked {
    my ($sku) = @_;
    ok(wait_for(sub { !$a->cmd('ZCARD', $ctl->key($sku, 'due')) }), "$sku is acked");
}

# So many orders: their ids.  The buyers are u-1, u-2, ...; at /dead each is a new
# one, since an order that Kafka does not have locks its buyer.
my $keys = 0;
sub sells {
    my ($sku, $orders, $status, $path) = @_;
    $status //= 201;
    my @r = load($n, 16, map {
        my $key = ++$keys;
        my $r = order([$sku => 1], $path ? "dead-$key" : "u-$_", "k-$key");
        $r->{path} = $path if $path;
        $r;
    } 1 .. $orders);
    is(scalar(grep { $_->{status} == $status } @r), $orders, "$sku: $orders are answered $status");
    return map { $_->{json}{order_id} } @r;
}

# All that is in Redis of an SKU's slot, without what may differ: the version,
# when and for whose sake a buyer is locked, the trace of a record.
sub state_of {
    my ($sku) = @_;
    my %slot = @{ $a->cmd('HGETALL', $ctl->key($sku, 'slot')) };
    delete @slot{qw(v c f r), grep { /^changed\|/ } keys %slot};
    my %bought = @{ $a->cmd('HGETALL', $ctl->key($sku, "bought:$sku")) };
    s/ .*// for values %bought;
    my %orders = map { $_ => $a->cmd('GET', $_) } grep {
        $a->cmd('GET', $_) =~ /^PLACED/
    } @{ $a->cmd('KEYS', $ctl->key($sku, 'order:*')) };
    return { slot => \%slot, bought => \%bought, orders => \%orders };
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

sub reconciles {
    my ($sku, $code, $name, @args) = @_;
    my ($got, $said) = $ctl->reconcile('-w', 0, @args, $ctl->slot($sku));
    is($got, $code, "$name: exit code") or diag($said);
    return $said;
}

sub equal {
    my ($sku) = @_;
    my ($code, $said) = $ctl->compare($ctl->slot($sku));
    is($code, 0, "$sku is as the topic says") or diag($said);
}

# FLUSHALL: all of it comes back, byte for byte

$n->put_stock('F-1', total => 100, limit => 3,
    opens_at => '2026-01-02T03:04:05Z', closes_at => '2100-01-01T00:00:00Z');
$n->request('POST', '/v1/orders', { 'Idempotency-Key' => 'traced',
    traceparent => '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    tracestate => 'a=1' }, { buyer_id => 'u-1', metadata => { a => 'b' },
    items => [{ sku => 'F-1', quantity => 2 }] });
my @f = sells('F-1', 12);
$n->request('PATCH', '/v1/stock/F-1', { 'Idempotency-Key' => 'p' }, { delta => 7 });
acked('F-1');
equal('F-1');
my $was = state_of('F-1');
my $view = $n->get("/v1/orders/$f[3]")->{body};

$a->cmd('FLUSHALL');
is($n->order(['F-1' => 1], 'u-9')->{status}, 503, 'the loss is noticed');
like(reason('F-1'), qr/^regressed 15$/, 'a slot whose loss was noticed is closed');
my $said = reconciles('F-1', 0, 'after FLUSHALL');
like($said, qr/restored: 13 orders, the stock of 1 SKUs/, 'reconcile says what it has restored');
like($said, qr/: OPENED \d+ regressed 15$/m, 'reconcile says that it has opened the slot');
is(reason('F-1'), 'open', 'the slot is open after reconcile');
is(field('F-1', 'r'), undef, 'reconcile leaves no fence behind');
is_deeply(state_of('F-1'), $was, 'stock, buyers and orders are what they were before the loss');
cmp_ok(field('F-1', 'v'), '==', 15 + 2**20, 'the version of a restored slot jumps');
is(field('F-1', 'f'), field('F-1', 'v'), 'versions seen before the jump are no loss');
cmp_ok($a->cmd('PTTL', $ctl->key('F-1', "order:$f[0]")), '>', 6.9 * 86400000,
    'restored records live as long as they would have');
is($n->get("/v1/orders/$f[3]")->{body}, $view, 'GET shows a restored order as before');
is($n->order(['F-1' => 1], 'u-1')->{json}{type}, 'urn:trade-gateway:problem:buyer-limit',
    'the limit counts restored orders');
is($n->order(['F-1' => 2], 'u-2')->{status}, 201, 'a restored slot sells');
is($n->order(['F-1' => 1], 'u-2')->{status}, 409, 'a restored slot sells up to the limit');
like($a->cmd('GET', 'trade:shard'), qr/^a /, 'the shard has its identity again');
equal('F-1');
is($n->order(['F-1' => 1], 'u-3', 'k-3')->{headers}{'idempotent-replayed'}, undef,
    'keys are not restored: a repetition is a new order');

# nothing lost: nothing changes but that it was closed for a moment

$was = state_of('F-1');
my $v = field('F-1', 'v');
acked('F-1');
unlike(reconciles('F-1', 0, 'nothing lost'), qr/restored/, 'reconcile restores nothing where nothing was lost');
is_deeply(state_of('F-1'), $was, 'reconcile changes nothing where nothing was lost');
is(field('F-1', 'v'), $v, 'reconcile leaves the version where nothing was lost');
equal('F-1');

# rolled back and sold on under the same versions

$n->put_stock('R-1', total => 50);
$n->put_stock('R-2', total => 10);
my %sold = (before => [sells('R-1', 3)], elsewhere => [sells('R-2', 3)]);
acked($_) for qw(R-1 R-2);
rolled_back(sub {
    $sold{gone} = [sells('R-1', 4)];
    $n->put_stock('R-1', total => 60, limit => 20);
    push @{ $sold{gone} }, sells('R-1', 2);
    $sold{twice} = [sells('R-2', 4)];
    acked($_) for qw(R-1 R-2);
});
# the last change has a lower version than the one before it, which is lost
$sold{after} = [sells('R-1', 2)];
$n->put_stock('R-1', total => 70);
push @{ $sold{after} }, sells('R-1', 6);
push @{ $sold{twice} }, sells('R-2', 5);
acked($_) for qw(R-1 R-2);
is(reason('R-1'), 'open', 'a gateway does not notice a rollback that was sold over');
my ($code, $diff) = $ctl->compare($ctl->slot('R-1'));
is($code, 1, '--compare notices a rollback that was sold over');
like($diff, qr/$sold{gone}[0], version \d+, is in the topic but not in Redis/, '--compare names the lost order');

$said = reconciles('R-1', 0, 'rolled back and sold on');
like($said, qr/was rolled back and sold on/, 'reconcile says that the slot was rolled back and sold on');
like($said, qr/restored: 6 orders, the stock of 0 SKUs/, 'reconcile restores the orders of a rolled back slot');
my $stock = $n->stock('R-1');
is("@$stock{qw(total available sold)}", '70 53 17', 'the last change of stock and the orders of both branches count');
is($stock->{limit}, undef, 'the terms of the last change of stock count');
is($n->get("/v1/orders/$_")->{status}, 200, "$_ answers")
    for map { @{ $sold{$_} } } qw(before gone after);
like($a->cmd('HGET', $ctl->key('R-1', 'bought:R-1'), 'u-1'), qr/^5 /, "the buyer's orders of both branches count");
equal('R-1');

# the same, and more was sold than there is

$said = reconciles('R-2', 1, 'sold twice');
like($said, qr/R-2: oversold by 2$/m, 'reconcile names a SKU that was sold twice');
is(reason('R-2'), 'open', 'a slot with a SKU that was sold twice is opened');
$stock = $n->stock('R-2');
is("@$stock{qw(total available sold)}", '10 -2 12', 'stock that was sold twice is shown as negative');
is($n->order(['R-2' => 1], 'u-9')->{json}{type}, 'urn:trade-gateway:problem:sold-out',
    'nothing more is sold of a SKU that was sold twice');
is($n->put_stock('R-2', total => 11)->{json}{type}, 'urn:trade-gateway:problem:below-sold',
    'a total below the units sold is refused');
is(($ctl->compare($ctl->slot('R-2')))[0], 1, '--compare names a SKU that was sold twice');
is($n->put_stock('R-2', total => 13)->{status}, 200, 'the total is raised to the units sold');
acked('R-2');
equal('R-2');

# only the change of stock was made before the rollback

$n->put_stock('S-1', total => 5);
acked('S-1');
rolled_back(sub { $n->put_stock('S-1', total => 8, limit => 2); acked('S-1') });
sells('S-1', 3);
acked('S-1');
like(reconciles('S-1', 0, 'a change lost'), qr/restored: 0 orders, the stock of 1 SKUs/,
    'reconcile restores a lost change of stock');
$stock = $n->stock('S-1');
is("@$stock{qw(total available sold limit)}", '8 5 3 2', 'a restored change of stock counts the orders since');
equal('S-1');

# 202s that were lost with Redis

$n->put_stock('L-1', total => 20);
my @kept = sells('L-1', 2);
acked('L-1');
my @lost = sells('L-1', 3, 202, '/dead/orders');
my ($last) = sells('L-1', 1);
my @tail = sells('L-1', 2, 202, '/dead/orders');
my $log = "$n->{dir}/trade.log";
wait_for(sub { slurp($log) =~ /$tail[1]/ });
# by the word, by the status, by both, as conf/nginx.conf has it
my %line = ($lost[2] => "1.2.3.4 \"-\" 202 accepted order=$lost[2] sku=-\n",
    $lost[0] => "$lost[0] accepted\n", $lost[1] => "{\"status\":202,\"id\":\"$lost[1]\"}\n");
spew("$t->{dir}/log", join('', map { my ($id) = / (\S+) \S+$/; $line{ $id // '' } // "$_\n" }
        split /\n/, slurp($log))
    . "1.2.3.4 \"GET /v1/orders/" . sprintf('%03x-%s', $ctl->slot('L-1'), '1' x 26)
    . " HTTP/1.1\" 404 - unknown-order\n"
    . "1.2.3.4 \"POST /v1/orders HTTP/1.1\" 503 "
    . sprintf('%03x-%s', $ctl->slot('L-1'), '2' x 26) . " no-answer\n"
    . join('', map { s/ID/sprintf '%03x-%s', $ctl->slot('L-1'), '3' x 26/ger . "\n" }
        # what clients have chosen is no answer
        '1.2.3.4 "POST /v1/orders?201 ID created" 409 - sold-out "201 ID created"',
        '1.2.3.4 "-" 503 ID no-answer "created" 202 ID accepted',
        '1.2.3.4 "-" 409 - sold-out 201 ID created', '1.2.3.4 "-" 499 ID client-gone created',
        '1.2.3.4 "-" 409 sold-out order=- sku=x 201 created order=ID shard=a',
        '1.2.3.4 "-" 503 no-answer order=ID sku=created 201'));

# those that are due, and in Redis, are not lost
$said = reconciles('L-1', 0, 'due', '-l', "$t->{dir}/log");
unlike($said, qr/missing|lost/, 'due events are not missing');
is($a->cmd('ZCARD', $ctl->key('L-1', 'due')), 5, 'due events stay due');

$a->cmd('FLUSHALL');
is($n->get("/dead/orders/$tail[1]")->{status}, 503, 'the loss is noticed');
spew("$t->{dir}/none", '');
$said = reconciles('L-1', 1, '202s lost', '-l', "$t->{dir}/none", '-l', "$t->{dir}/log");
is_deeply([sort $said =~ /lost: (\S+) was answered \(\S+log:\d+\)/g], [sort @lost, @tail],
    'the lost orders in the log are listed, and no others');
like($said, qr/: 5 orders or changes of stock are neither in Redis nor in the topic$/m,
    'the lost orders are counted');
like($said, qr/versions 4 to 6 are missing$/m, 'the missing versions are named');
like($said, qr/versions 8 to 9 are missing$/m, 'the missing versions are named up to the last one seen');
is(reason('L-1'), 'open', 'a slot with missing versions is opened');
is($n->get("/v1/orders/$_")->{status}, 200, 'orders in the topic are restored') for @kept, $last;
is($n->get("/v1/orders/$_")->{status}, 404, 'lost orders that only the log has are not restored') for @lost;
is($n->stock('L-1')->{sold}, 3, 'lost orders that only the log has take no units');
equal('L-1');

$n->put_stock('M-1', total => 20);
sells('M-1', 1);
sells('M-1', 2, 202, '/dead/orders');
wait_for(sub { $a->cmd('ZCARD', $ctl->key('M-1', 'due')) == 2 });
$a->cmd('DEL', @{ $a->cmd('KEYS', $ctl->key('M-1', '*')) });
is($n->get('/dead/orders/' . sprintf '%03x-%s', $ctl->slot('M-1'), '0' x 26)->{status}, 503,
    'a loss is noticed');
$said = reconciles('M-1', 1, '202s lost, no log');
like($said, qr/: 2 orders or changes of stock are neither in Redis nor in the topic$/m,
    'lost orders are counted without a log');
unlike($said, qr/lost:/, 'no lost order is listed without a log');

# begun, and killed: begun anew it goes by the version that had survived

$n->put_stock('K-1', total => 20);
my @k = sells('K-1', 6);
acked('K-1');
my %record = map { $_ => $a->cmd('GET', $ctl->key('K-1', "order:$_")) } @k;
$was = state_of('K-1');
$a->cmd('DEL', @{ $a->cmd('KEYS', $ctl->key('K-1', '*')) });
# the fence, and the fourth order, as they stand after a kill
$a->cmd('HSET', $ctl->key('K-1', 'slot'), 'c', 'regressed 7', 'r', 0, 'v', 5,
    'total|K-1', 20, 'available|K-1', 19);
$a->cmd('SET', $ctl->key('K-1', "order:$k[3]"), $record{ $k[3] });
$a->cmd('HSET', $ctl->key('K-1', 'bought:K-1'), 'u-4', "1 0 $k[3]");
like(reconciles('K-1', 0, 'begun anew'), qr/restored: 5 orders/,
    'a reconcile that was killed is continued by the next one');
is_deeply(state_of('K-1'), $was, 'the slot is what it was after a reconcile that was killed');

# An event that is older than a record's life is judged by its version alone: if
# the version survived, the event has been applied, though its record has
# expired; and r has the version that survived.

my $day = 86400;

sub iso { my ($s) = @_; my @t = gmtime $s; POSIX::strftime('%Y-%m-%dT%H:%M:%S.000Z', @t) }

# An event of O-1 with this version, made so many days ago.
sub made_ago {
    my ($version, $days, $body) = @_;
    my $id = sprintf '%03x-%026d', $ctl->slot('O-1'), $version;
    my $time = iso(int(time) - $days * $day);
    my ($type, $subject, $value) = $body
        ? ('stock.set', 'O-1', qq({"change_id":"$id","changed_at":"$time",$body,"version":$version}))
        : ('order.placed', $id, qq({"order_id":"$id","created_at":"$time","buyer_id":"u-$version",)
            . '"items":[{"sku":"O-1","quantity":1}]}');
    my %h = (ce_subject => $subject, ce_specversion => '1.0', ce_type => "trade.$type.v1",
        ce_source => '/trade-gateway', ce_id => "$id.1", ce_sequence => 1, ce_time => $time,
        'content-type' => 'application/json', trade_versions => $ctl->slot('O-1') . "=$version");
    open my $k, '|-', 'kcat', '-P', '-b', $kafka->address, '-t', $topic, '-k', $subject,
        map { ('-H', "$_=$h{$_}") } sort keys %h or die "kcat: $!\n";
    print $k $value;
    close $k or die "kcat: $?\n";
    return $id;
}

made_ago(1, 12, '"sku":"O-1","total":100,"available":100,"held":0,"sold":0,"limit":null,'
    . '"opens_at":null,"closes_at":null');
my @o = (undef, undef, map { made_ago($_, $_ < 6 ? 10 : 2) } 2 .. 7);
my $o = $ctl->key('O-1', 'slot');
my $by = $ctl->key('O-1', 'bought:O-1');

sub old_state {
    my (%more) = @_;
    $a->cmd('DEL', $o, @{ $a->cmd('KEYS', $ctl->key('O-1', '*')) });
    $a->cmd('HSET', $o, 'v', 3, 'total|O-1', 100, 'available|O-1', 98, %more);
    $a->cmd('HSET', $by, "u-$_", "1 0 $o[$_]") for 2, 3;
}

old_state(c => 'regressed 7');
like(reconciles('O-1', 0, 'old'), qr/restored: 4 orders, the stock of 0 SKUs/,
    'reconcile restores old orders above the version that survived');
is($a->cmd('HGET', $o, 'available|O-1'), 94, 'old orders up to that version are not applied again');
is($n->get("/v1/orders/$o[$_]")->{status}, $_ < 4 ? 404 : 200, "version $_") for 2 .. 7;
my ($ten, $two) = map { $a->cmd('PTTL', $ctl->key('O-1', "order:$o[$_]")) / 1000 / $day } 5, 6;
ok($ten > 0.9 && $ten <= 1, 'a restored record that would have expired lives for a day');
ok($two > 4.9 && $two <= 5, 'a restored record lives as long as it would have');
equal('O-1');

# killed when the last one was restored
my $o7 = $a->cmd('GET', $ctl->key('O-1', "order:$o[7]"));
old_state(c => 'regressed 7', r => 3, v => 7, 'available|O-1' => 97);
$a->cmd('SET', $ctl->key('O-1', "order:$o[7]"), $o7);
$a->cmd('HSET', $by, 'u-7', "1 0 $o[7]");
like(reconciles('O-1', 0, 'old, and begun anew', '-K', 'off'), qr/restored: 3 orders/,
    'a reconcile of old orders that was killed is continued by the next one');
is($a->cmd('HGET', $o, 'available|O-1'), 94, 'old orders are applied once after a reconcile that was killed');
is($a->cmd('PTTL', $ctl->key('O-1', "order:$o[6]")), -1, '-K off: restored records live for ever');

# an event that neither rule finds leaves a stock that does not add up: the slot
# stays closed
old_state('v', 8, 'available|O-1', 98);
like(reconciles('O-1', 1, 'old, and sold on'),
    qr/ALARM: O-1: available is 98, but should be 94/, 'an event that neither rule restores raises an alarm');
is(reason('O-1'), 'reconcile', 'a slot with an alarm stays closed');

# A member of due whose record is gone, and that the topic has not, is lost too.

my $due = sprintf '%03x-%s', $ctl->slot('O-1'), '3' x 26;
old_state(c => 'lost', r => 3);
$a->cmd('ZADD', $ctl->key('O-1', 'due'), 1, "$due.1", 1, "$o[6].1");
$said = reconciles('O-1', 1, 'due, and no record');
is_deeply([$said =~ /lost: (\S+) is due here/g], [$due],
    'a due event without a record is named, and one in the topic is not');
is($a->cmd('ZCARD', $ctl->key('O-1', 'due')), 0, 'both due events are removed');

# The topic lost what Redis has: it is published again.

$n->put_stock('T-1', total => 20);
sells('T-1', 1);
my ($untold) = sells('T-1', 1, 202, '/dead/orders');
my $member = "$untold.1";
acked('T-1') if $a->cmd('ZREM', $ctl->key('T-1', 'due'), $member);
($code, $diff) = $ctl->compare($ctl->slot('T-1'));
is($code, 1, 'an order that is acknowledged and not in the topic is a difference');
like($diff, qr/$untold, version \d+, is not in the topic/, '--compare names an order that the topic has lost');
is_deeply($a->cmd('ZRANGE', $ctl->key('T-1', 'due'), 0, -1), [], '--compare changes nothing');
like(reconciles('T-1', 1, 'the topic has lost one'), qr/$untold is not in the topic/,
    'reconcile names an order that the topic has lost');
ok($a->cmd('ZSCORE', $ctl->key('T-1', 'due'), $member)
    || grep({ ($_->{headers}{ce_id} // '') eq $member } $kafka->records($topic)),
    'an event that the topic has lost is due again, or published already');

# The wait: the slot is closed from its begin to its end.

my $start = time;
my $pid = fork // die "fork: $!\n";
if (!$pid) {
    open STDOUT, '>', '/dev/null';
    exec "$ENV{TRADE_OUT}/tradectl", '-c', $ctl->{file}, 'reconcile', '-b',
        $kafka->address, '-T', $topic, '-w', 3, $ctl->slot('F-1') or die;
}
ok(wait_for(sub { reason('F-1') eq 'reconcile' }, 10), 'reconcile closes the slot at once');
my $r = $n->order(['F-1' => 1], 'u-5');
is("$r->{status} $r->{json}{type}", '503 urn:trade-gateway:problem:slot-closed',
    'orders are refused while reconcile waits');
waitpid $pid, 0;
is($?, 0, 'reconcile with a wait ends with exit code 0');
cmp_ok(time - $start, '>', 3, 'reconcile has waited for 3 s');
is(reason('F-1'), 'open', 'reconcile opens the slot after the wait');

# Begins in the background; writes its messages to a file.
sub begins {
    my ($sku, $wait, $file) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    open STDOUT, '>', $file;
    open STDERR, '>&', \*STDOUT;
    exec "$ENV{TRADE_OUT}/tradectl", '-c', $ctl->{file}, 'reconcile', '-b',
        $kafka->address, '-T', $topic, '-w', $wait, $ctl->slot($sku) or die;
}

# Opened by somebody else meanwhile: nothing is repaired any more.

my $heard = "$t->{dir}/heard";
$n->put_stock('P-1', total => 2000);
sells('P-1', 600);
acked('P-1');
$was = state_of('P-1');
sub forget { $a->cmd('DEL', @{ $a->cmd('KEYS', $ctl->key($_[0], '*')) }) }
forget('P-1');
$pid = begins('P-1', 2, $heard);
ok(wait_for(sub { reason('P-1') eq 'reconcile' }), 'begun');
is(($ctl->run('open', $ctl->slot('P-1')))[0], 0, 'tradectl open opens a slot during a reconcile');
waitpid $pid, 0;
is($? >> 8, 2, 'a reconcile whose slot was opened ends with exit code 2');
like(slurp($heard), qr/is not fenced any more, because it was opened, or lost writes again/,
    'a reconcile whose slot was opened says so');
is(field('P-1', 'total|P-1'), undef, 'a reconcile whose slot was opened restores nothing');

# Or while it repairs, which a slow connection makes long.

forget('P-1');
my $slow = Trade::Proxy->new(to => $a->address);
$slow->delay(0.01);
my $straight = $ctl->{file};
$ctl->{file} = "$t->{dir}/slow.conf";
spew($ctl->{file}, 'server ' . $slow->address . " name=a;\n");
$pid = begins('P-1', 0, $heard);
$ctl->{file} = $straight;
my $orders = sub { scalar @{ $a->cmd('KEYS', $ctl->key('P-1', 'order:*')) } };
ok(wait_for(sub { $orders->() > 3 }), 'a slow reconcile restores some orders');
is(($ctl->run('open', $ctl->slot('P-1')))[0], 0, 'tradectl open opens the slot during the repair');
my $then = $orders->();
waitpid $pid, 0;
is($? >> 8, 2, 'a reconcile whose slot was opened during the repair ends with exit code 2');
like(slurp($heard), qr/is not fenced any more/, 'a reconcile whose slot was opened during the repair says so');
cmp_ok($orders->(), '<=', $then + 1, 'a reconcile whose slot was opened restores no more orders');

# Two at once make everything once.

forget('P-1');
my @both = map { begins('P-1', 1, "$heard$_") } 1, 2;
waitpid $_, 0 for @both;
my ($one, $other) = map { slurp("$heard$_") } 1, 2;
my $made = max(map { /restored: (\d+) orders/ ? $1 : 0 } $one, $other);
cmp_ok($made, '>', 0, "one of two reconciles restored $made orders") or diag($one, $other);
reconciles('P-1', 0, 'if they were in each other\'s way');
is_deeply(state_of('P-1'), $was, 'two reconciles at once restore everything once');
is(reason('P-1'), 'open', 'two reconciles at once open the slot');

# It needs no more than the documented rights.

my $acl = slurp("$FindBin::Bin/../docs/directives.md");
my @rights = $acl =~ /^    (~trade:\* .*)/mg;
is(@rights, 3, 'the rights are documented');
spew("$t->{dir}/password", "secret\n");
my @as = ('-u', 'operator', '-p', "$t->{dir}/password");
sub may { $a->cmd('ACL', 'SETUSER', 'operator', 'reset', 'on', '>secret', '-@all', split ' ', $_[0]) }
my @what = ('-b', $kafka->address, '-T', $topic, $ctl->slot('F-1'));

may($rights[1]);
is(($ctl->run(@as, 'reconcile', '--compare', @what))[0], 0, 'the documented rights for --compare suffice');
is(($ctl->run(@as, 'reconcile', '-w', 0, @what))[0], 2, 'the documented rights for --compare repair nothing');
may($rights[2]);
$a->cmd('DEL', @{ $a->cmd('KEYS', $ctl->key('F-1', '*')) });
(my $may, $said) = $ctl->run(@as, 'reconcile', '-w', 0, @what);
is($may, 0, 'the documented rights for reconcile suffice') or diag($said);
like($said, qr/restored: \d+ orders/, 'the documented rights for reconcile restore orders');
$a->cmd('HSET', $ctl->key('F-1', 'slot'), 'c', 'regressed 3');
may($rights[0]);
is(($ctl->run(@as, 'open', $ctl->slot('F-1')))[0], 0, 'the documented rights for open suffice');

$t->done;
