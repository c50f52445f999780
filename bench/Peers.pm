package Peers;

# The gateways that one would write otherwise, as targets of bench/run: peers/ has
# them, `make peers` builds them.  They speak to the same Redis servers; the one
# in Lua to a Kafka of its own, for its client can't speak to a newer one.

use strict;
use warnings;

use Trade;
use Trade::Process qw(slurp wait_port);

# start(test, Kafka, [names], Redis ...): the targets of those that there are.
sub start {
    my ($t, $kafka, $names, @redis) = @_;
    my %start = (go => \&go, lua => \&lua);
    my %env = (PEER_SHARDS => join(',', map { $_->address } @redis),
        PEER_SCRIPTS => "$Trade::root/bench/peers", PEER_TOPIC => $t->topic . '-peer');
    my %common = (peer => 1, form => 'peer', seed => seed(@redis), sold => sold(@redis));
    return map {
        my $start = $start{$_} or die "there is no peer \"$_\"\n";
        map { { %common, %$_ } } $start->($t, $kafka, \%env);
    } @$names;
}

# fasthttp, rueidis, franz-go
sub go {
    my ($t, $kafka, $env) = @_;
    my $program = "$ENV{TRADE_OUT}/peers/go";
    return missing('Go') if !-x $program;
    my $port = Trade::Process::free_port();
    make_topic($kafka->address, $env->{PEER_TOPIC});
    my $p = Trade::Process->new(log => $t->dir . '/peer-go.log',
        command => [$program], env => { %$env, PEER_REDIS => 'rueidis',
            PEER_LISTEN => "127.0.0.1:$port", PEER_KAFKA => $kafka->address });
    $p->wait_while(sub { wait_port($port, 0) }, 20)
        or die 'the Go peer did not start: ' . $p->last_line . "\n";
    return { name => 'Go', path => '/orders', port => $port, process => $p,
        pids => [$p->pid] };
}

# Debian's nginx with lua-nginx-redis and lua-nginx-kafka
sub lua {
    my ($t, $kafka, $env) = @_;
    my $peer = "$Trade::root/bench/peers/lua";
    my $module = '/usr/lib/nginx/modules/ngx_http_lua_module.so';
    return missing('Lua') if !-e $module || !-e '/usr/share/lua/5.1/nginx/kafka';
    my $own = Trade::Kafka->new(dir => $t->dir . '/kafka-lua',
        root => $Trade::root, pom => "$peer/pom.xml");
    push @{ $t->{servers} }, $own;                  # ends with the others
    make_topic($own->address, $env->{PEER_TOPIC});
    local $ENV{TRADE_NGINX};
    my $n = $t->nginx(slurp("$peer/nginx.conf"), PEER => $peer);
    $n->{env} = { %$env, PEER_KAFKA => $own->address };
    $n->start(up => 0);
    my @pids = ($n->workers);
    return map { { name => "Lua, $_->[0]", path => $_->[1], port => $n->port,
        process => $n, pids => \@pids, broker => $own->pid } }
        ['one by one', '/orders'], ['group commit', '/orders-group'];
}

# By a record, so that no order waits for that.
sub make_topic {
    my ($address, $topic) = @_;
    system("echo ready | kcat -P -b $address -t $topic > /dev/null 2>&1") == 0
        or die "the topic of the peers can't be made\n";
}

sub missing {
    my ($name) = @_;
    print "the $name peer is not there: make peers\n";
    return;
}

sub seed {
    my (@redis) = @_;
    return sub {
        my ($prefix, $sale) = @_;
        for my $r (@redis) {
            $r->cmd('SET', "stock:{$prefix$_}", $sale->{total}) for 1 .. $sale->{skus};
        }
    };
}

# Each SKU's stock is on all of them, and one has sold some.
sub sold {
    my (@redis) = @_;
    return sub {
        my ($prefix, $sale) = @_;
        my $left = 0;
        for my $r (@redis) {
            $left += $_ for @{ $r->cmd('MGET',
                map { "stock:{$prefix$_}" } 1 .. $sale->{skus}) };
        }
        return @redis * $sale->{skus} * $sale->{total} - $left;
    };
}

1;
