package Trade::Torture;

# A gateway under load, what befalls it, and what is left of that in a folder:
#
#   run             what was asked for: seed, SKUs, orders, ...; JSON
#   goods           what is sold, as load reads it
#   history*        what the buyers saw (t/torture/load.c)
#   windows         what befell the gateway, and when; JSON, one a line
#   topic           all records; kcat's JSON, one a line
#   dump-a, dump-b  all keys of a shard; JSON, one a line (Trade::Redis)
#
# The checker (Trade::History::Check) needs nothing else.
#
#   my $w = Trade::Torture->new(test => $t, seed => 1, ...);
#   $w->befall(@names) for ...;
#   $w->finish;
#
# Between nginx and each server stands a Trade::Proxy; where we may mount, what a
# full disk is to meet lies on small file systems of its own.

use strict;
use warnings;

use Compress::Raw::Zlib qw(crc32);
use JSON::PP;
use Time::HiRes qw(sleep time);
use Trade::Nemesis qw(nemesis);
use Trade::Process qw(free_port slurp spew wait_for);
use Trade::Proxy;
use Trade::Tail;

our $SECONDS = 2;               # of a window, at least
our $OPEN = 20;                 # seconds, until it sells again after it
my $SELLS = 20;                 # orders, which show that it does
my $LATE = 5;                   # seconds past its time, that nothing due may be
my $DISK = '512m';

my $CONF = <<'EOF';
%%GLOBALS%%
# another binary takes these over only if they are named
env LD_PRELOAD; env ASAN_OPTIONS; env UBSAN_OPTIONS;
worker_processes %%WORKERS%%;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
    %%GLOBALS_HTTP%%
    log_format trade '$trade_result $trade_order_id';
    access_log %%TESTDIR%%/trade.log trade;
    client_body_buffer_size 1k;
    keepalive_requests 500;

    trade_zone main:16m;
    trade_timeout 2s;
    trade_lease 7s;
    trade_redis stock {
        server %%A%% name=a;
        server %%B%% name=b;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }

    server {
        listen 127.0.0.1:%%PORT%% reuseport backlog=4096;
        location /v1/orders {
            trade_orders stock orders;
            trade_actions place get pay deliver cancel;
        }
        location /v1/stock { trade_stock stock orders; }
        location /lock { trade_lock stock hot wait=5s; empty_gif; }
        location /trade { trade_status; }
    }
}
EOF

my $json = JSON::PP->new->utf8->canonical;

# new(test => a Trade, seed, orders, skus, workers, rate, carts): all of it runs,
# with stock, under load, of which so many of 100 are carts.
sub new {
    my ($class, %self) = @_;
    my $self = bless { carts => 20, %self }, $class;
    my $t = $self->{test};
    $self->{dir} = $t->dir;
    srand $self->{seed};

    $self->{disks}{$_} = $t->disk("$self->{dir}/$_", $DISK) for qw(redis-a kafka);
    # everysec puts writes off while a slow disk syncs: a kill would lose them
    $self->{shards} = { map { $_ => $t->redis($_, args => ['--appendfsync', 'no']) }
        qw(a b) };
    $self->{proxies}{$_} = Trade::Proxy->new(to => $self->{shards}{$_}->address)
        for qw(a b);
    my $port = free_port();
    my $proxy = $self->{proxies}{kafka} =
        Trade::Proxy->new(to => "127.0.0.1:$port");
    $self->{kafka} = $t->kafka(own => 1, port => $port,
        advertised => $proxy->address);
    $self->{nginx} = $t->daemon($CONF, WORKERS => $self->{workers},
        A => $self->{proxies}{a}->address, B => $self->{proxies}{b}->address,
        KAFKA => $proxy->address);
    $self->{disks}{nginx} = $t->disk("$self->{nginx}{dir}/client_body", $DISK);
    $self->{nginx}->start;

    $self->_stock;
    $self->_load;
    return $self;
}

# Names as shops have them: in Redis, in JSON and in a URI each is written in
# another way.
sub sku { my ($i) = @_; return "S|$i/%2F*{}" }

# A third of what will be wanted: some now, the rest by the load's restocks.
sub _stock {
    my ($self) = @_;
    my ($orders, $skus) = @$self{qw(orders skus)};
    my $first = int($orders * 0.042 / $skus) + 2;
    for my $i (1 .. $skus) {
        my %stock = (total => $first, $i % 10 ? () : (limit => 6));
        my $r = wait_for(sub {
            my $r = $self->{nginx}->put_stock(sku($i), %stock);
            $r->{status} == 200 && $r;
        }, 20) or die "no stock of " . sku($i) . "\n";
    }
    $self->_goods;
    spew("$self->{dir}/run", $json->encode({ first => $first,
        map { $_ => $self->{$_} } qw(seed orders skus workers rate carts) }));
}

# Each SKU, two of a slot where there are two, and carts of both shards.
sub _goods {
    my ($self) = @_;
    my (%slot, %shard);
    for my $sku (map { sku($_) } 1 .. $self->{skus}) {
        push @{ $slot{ crc32($sku) % 4096 } }, $sku;
    }
    my @goods = map { my @s = sort @$_; (@s, @s > 1 ? "$s[0] $s[1]" : ()) }
        map { $slot{$_} } sort keys %slot;
    for my $name (qw(a b)) {
        $shard{$name} = [map { @{ $slot{$_} || [] } } map { /s(\d+)/ ? $1 : () }
            $self->{shards}{$name}->keys('trade:{*}:slot')];
    }
    my $carts = int(@goods * $self->{carts} / (100 - $self->{carts}));
    for (1 .. $carts) {
        my %cart = map { $self->pick(@{ $shard{$_} }) => 1 } qw(a b);
        $cart{ $self->pick(map { @{ $shard{$_} } } qw(a b)) } = 1 if $_ % 2;
        push @goods, join ' ', sort keys %cart;
    }
    spew("$self->{dir}/goods", join '', map { "$_\n" } @goods);
}

sub _load {
    my ($self) = @_;
    $self->{load} = $self->_buyers('history', '-n', $self->{orders}, '-r',
        $self->{rate}, '-c', 64, '-a');
    $self->{tail} = Trade::Tail->new("$self->{dir}/history");
    $self->goes_on or die "nothing is sold\n";
}

# Its input stays open until it is told to end.
sub _buyers {
    my ($self, $history, @args) = @_;
    pipe my $read, my $write or die "pipe: $!\n";
    my $file = "$self->{dir}/$history";
    my $load = Trade::Process->new(log => "$self->{dir}/load.log",
        stdin => $read, history => $file,
        command => ["$ENV{TRADE_OUT}/t/load", '-p', $self->{nginx}->port,
            '-o', $file, '-g', "$self->{dir}/goods", '-s', $self->{seed},
            '-b', int($self->{orders} / 3) + 1, '-d', 25, @args]);
    $load->{into} = $write;
    return $load;
}

# So many buyers who all go; their intents are their own.
sub storm {
    my ($self, $orders) = @_;
    my $n = ++$self->{storms};
    return $self->_buyers("history-storm-$n", '-x', '-n', $orders, '-c', 500,
        '-w', $n * 1_000_000_000);
}

# The settings that the nemeses use.

sub pick { my ($self, @of) = @_; return $of[int rand @of] }
sub shard { my ($self) = @_; return $self->{shards}{ $self->pick('a', 'b') } }
sub proxy { my ($self) = @_; return $self->{proxies}{ $self->pick('a', 'b') } }
sub mark { $_[0]{tail}->mark }
sub since { my ($self, @what) = @_; return $self->{tail}->since(@what) }

# The same, once there is one; the window is as long as that takes.
sub await {
    my ($self, @what) = @_;
    return wait_for(sub { $self->since(@what) }, 10) // 0;
}

sub status { my ($self, $name) = @_; return $self->{nginx}->status->{$name} // 0 }
# How often a lock was taken; waits until it was so often since it was $before.
sub locks { my ($self) = @_; return eval { $self->status('locks')->{acquired} } // 0 }

sub await_locks {
    my ($self, $times, $before) = @_;
    $before //= $self->locks;
    return wait_for(sub {
        my $taken = $self->locks - $before;
        $taken >= $times && $taken;
    }, 20);
}

sub wait_seconds { my ($self, $seconds) = @_; sleep $seconds // $SECONDS }

# One window of what befalls the gateway, all at once.
sub befall {
    my ($self, @names) = @_;
    my $begin = time;
    my @ends = map { nemesis($_)->($self) } @names;
    $self->wait_seconds;
    my @evidence = reverse map { $_->() || '' } reverse @ends;
    my $window = { names => \@names, begin => $begin, end => time,
        evidence => \@evidence };
    $window->{open} = $self->goes_on;
    return $self->_note($window);
}

sub _note {
    my ($self, $window) = @_;
    open my $f, '>>', "$self->{dir}/windows" or die "windows: $!\n";
    print $f $json->encode($window), "\n";
    close $f;
    return $window;
}

# A time without faults, under load.  Events may be late in it, because the
# sweeper could not reach them before; at its end none may be.
sub calm {
    my ($self) = @_;
    my $begin = time;
    $self->wait_seconds($LATE + 1);
    return $self->_note({ names => [], begin => $begin, end => time,
        evidence => [], open => $self->goes_on, late => [$self->_late($begin)] });
}

# The events that have been due for too long: since their time, or since all was
# well.
sub _late {
    my ($self, $well) = @_;
    return if time < $well + $LATE;
    return map {
        my $now = $_->now;              # reading all keys takes a while
        my $due = { %{ $_->due }, %{ $_->asks } };
        grep { $due->{$_} < $now - $LATE * 1000 } sort keys %$due;
    } values %{ $self->{shards} };
}

# Seconds until so many more orders have gone through; false: too many.
sub goes_on {
    my ($self) = @_;
    my ($begin, $mark) = (time, $self->mark);
    return wait_for(sub { $self->since($mark, '201') >= $SELLS }, $OPEN)
        && sprintf '%.2f', time - $begin;
}

# No more orders; when nothing is under way, all that is left is noted.
sub finish {
    my ($self) = @_;
    $self->wait_load;
    $self->{nginx}->stop('QUIT', 30);
    $self->dump;
}

sub wait_load {
    my ($self) = @_;
    close $self->{load}{into};
    $self->{load}->wait_end($self->{orders} / 100 + 60)
        or die "the load does not end\n";
    $self->wait_idle;
}

# Waits until nothing is under way, nothing due, and nothing asked, or something
# is late.
sub wait_idle {
    my ($self) = @_;
    my $well = time;
    wait_for(sub {
        !$self->status('in_flight')
            && !map({ %{ $_->due }, %{ $_->asks } } values %{ $self->{shards} })
            || $self->_late($well);
    }, 60, 0.2);
}

sub dump {
    my ($self) = @_;
    $self->{shards}{$_}->dump_to("$self->{dir}/dump-$_") for qw(a b);
    $self->{kafka}->dump_to("$self->{dir}/topic", $self->{test}->topic);
}

1;
