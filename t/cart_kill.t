# Carts over three shards while workers are killed and shards stopped at any
# step: each is placed whole or not at all, under one key once, and in the end
# nothing is held and the stock is what the topic says.  CARTS= for more.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(slurp wait_for);

my $CARTS = $ENV{CARTS} // 1000;
my $SEED = $ENV{SEED} // 1;
srand $SEED;
note "CARTS=$CARTS SEED=$SEED";

my $t = Trade->new;
my %redis = map { $_ => $t->redis($_) } qw(a b c);
my $kafka = $t->kafka;

my $n = $t->nginx(<<'EOF', (map { uc $_ => $redis{$_}->address } qw(a b c)), KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 3;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_lease 5s;
    trade_timeout 1s;
    trade_redis stock {
        server %%A%% name=a;
        server %%B%% name=b;
        server %%C%% name=c;
        timeout 500ms;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; property message.timeout.ms 2000; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

my $STOCK = int($CARTS / 8);
my @skus = map { "K-$_" } 1 .. 24;
ok(wait_for(sub { !grep { $n->put_stock($_, total => $STOCK)->{status} != 200 } @skus }, 20), 'stock is set');

# until it is ended, a worker dies, or a shard sleeps, every quarter of a second
my $deaths = $t->dir . '/deaths';
my $nemesis = fork // die "fork: $!\n";
if (!$nemesis) {
    $SIG{TERM} = sub { $_->signal('CONT') for values %redis; require POSIX; POSIX::_exit(0) };
    open my $log, '>>', $deaths;
    $log->autoflush;
    while (1) {
        sleep 0.1 + rand 0.3;
        my @workers = $n->workers;
        if (rand() < 0.6 && @workers) {
            my $pid = $workers[rand @workers];
            print $log "$pid\n";
            kill 'KILL', $pid;
        } else {
            my $r = $redis{ (qw(a b c))[rand 3] };
            $r->signal('STOP');
            sleep rand 0.7;
            $r->signal('CONT');
        }
    }
}

sub deaths { return -e $deaths ? split /\n/, slurp($deaths) : () }

my $carts = 0;
sub cart {
    my %items;
    $items{ $skus[rand @skus] } = 1 + int rand 2 for 1 .. 2 + int rand 3;
    my $r = order([map { $_ => $items{$_} } sort keys %items], 'u-' . ++$carts, "k-$carts");
    $r->{n} = $carts;
    return $r;
}

# Each cart is asked for until its buyer knows; more carts come until enough
# workers have died, however fast the machine is.
my (%told, %refused, %tries);
my @left = map { cart() } 1 .. $CARTS;
my $asked = 0;
while (@left) {
    my @now = splice @left, 0, 200;
    $asked += @now;
    my @r = load($n, 24, @now);
    for my $i (0 .. $#now) {
        my ($status, $j) = ($r[$i]{status} // 0, $r[$i]{json} // {});
        my $type = ($j->{type} // '') =~ s/.*://r;
        if ($status == 201 || $status == 202) {
            $told{ $now[$i]{n} } = $j->{order_id};
        } elsif ($type =~ /^(?:sold-out|buyer-limit)$/) {
            $refused{ $now[$i]{n} } = 1;
        } elsif (++$tries{ $now[$i]{n} } < 200) {
            push @left, $now[$i];
        }
    }
    sleep 0.05 if @left;
    push @left, map { cart() } 1 .. 100
        if !@left && deaths() <= $CARTS / 500 && $carts < 100 * $CARTS;
}
kill 'TERM', $nemesis;
waitpid $nemesis, 0;
my @deaths = deaths();
$n->{killed}{$_} = 1 for @deaths;

note sprintf '%d carts asked for %d times: %d placed, %d sold out; %d workers killed', $carts, $asked,
    scalar keys %told, scalar keys %refused, scalar @deaths;
is(keys(%told) + keys(%refused), $carts, 'every buyer gets a definite answer in the end');
cmp_ok(scalar @deaths, '>', $CARTS / 500, 'workers died during the load');
cmp_ok(scalar keys %told, '>', $CARTS / 10, 'many carts are placed');
cmp_ok(scalar keys %refused, '>', $CARTS / 20, 'many carts are refused');

sub all { my ($kind) = @_; return map { my $r = $_; map { [$r, $_] } $r->keys("trade:{*}:$kind") } values %redis }
ok(wait_for(sub { !grep { $_->[0]->cmd('ZCARD', $_->[1]) } all('due'), all('asks') }, 30),
    'no slot has a due event or an entry in its in-doubt list') or diag explain [map { @{ $_->[0]->cmd('ZRANGE', $_->[1], 0, 9) } } all('asks'), all('due')];

my (%orders, %sold, %buyer);
for my $e ($kafka->orders($t->topic)) {
    my $o = $e->{value};
    next if $orders{ $o->{order_id} }++;
    push @{ $buyer{ $o->{buyer_id} } }, $o->{order_id};
    $sold{ $_->{sku} } += $_->{quantity} for @{ $o->{items} };
}
is_deeply([grep { !$orders{$_} } values %told], [], 'each cart that was answered as placed is in the topic');
is_deeply([grep { @{ $buyer{$_} } > 1 } keys %buyer], [], 'each buyer has one cart at most');
is_deeply([grep { $buyer{"u-$_"} } keys %refused], [], 'no cart that was refused is in the topic');

my @stock = map { my $s = $n->stock($_); "$_ $s->{available} $s->{held}" } @skus;
is_deeply(\@stock, [map { "$_ " . ($STOCK - ($sold{$_} // 0)) . ' 0' } @skus],
    'the stock is what the topic says, and nothing is held');
cmp_ok($_, '<=', $STOCK, 'no more units are sold than there were') for (sort { $b <=> $a } values %sold)[0];

my %holds;
for (all('hold:*')) {
    my ($state) = $_->[0]->cmd('GET', $_->[1]) =~ /^(\w+)/;
    my ($id) = $_->[1] =~ /hold:(.*)/;
    push @{ $holds{ $orders{$id} ? 'placed' : 'not' }{$state} }, $id;
}
is(join(' ', sort keys %{ $holds{placed} }), 'SOLD', 'participants have sold the parts of placed carts');
is(join(' ', sort keys %{ $holds{not} // {} }), $holds{not} ? 'FREED' : '',
    'participants have freed the parts of carts that were not placed');

$t->done;
