package Trade::Redis;

# A Redis server as conf/redis.conf has it, on a port of its own, and a client.

use strict;
use warnings;

use IO::Socket::INET;
use JSON::PP;
use Trade::Process qw(free_port slurp wait_for);

# new(dir => folder, root => of the project, host => address, args => [...])
sub new {
    my ($class, %self) = @_;
    my $self = bless { %self }, $class;
    $self->{port} //= free_port();
    mkdir $self->{dir};
    $self->start;
    return $self;
}

sub start {
    my ($self) = @_;
    delete $self->{sock};
    $self->{process} = Trade::Process->new(
        log => "$self->{dir}/log",
        command => ['redis-server', "$self->{root}/conf/redis.conf",
            '--port', $self->{port}, '--dir', $self->{dir},
            @{ $self->{args} || [] }]);
    $self->{process}->wait_while(sub {
        my $pong = eval { $self->cmd('PING') } // $@;
        return $pong =~ /^PONG|NOAUTH/;
    }, 20) or die "Redis on port $self->{port} did not start: "
        . $self->{process}->last_line . "\n";
}

# A client of one that runs.
sub client { my ($port) = @_; return bless { port => $port }, __PACKAGE__ }

sub host { $_[0]{host} // '127.0.0.1' }
sub address { $_[0]->host . ":$_[0]{port}" }
sub stop { my ($self, @how) = @_; delete $self->{sock}; $self->{process}->stop(@how) }
sub signal { my ($self, $signal) = @_; $self->{process}->signal($signal) }
sub pid { $_[0]{process}->pid }

# The due events, and their times: "id.seq" => ms by the server's clock.
sub due { return $_[0]->_waiting('due') }

# The in-doubt list: "id.slot", or "id" of a hold, => ms.
sub asks { return $_[0]->_waiting('asks') }

sub _waiting {
    my ($self, $kind) = @_;
    return { map { @{ $self->cmd('ZRANGE', $_, 0, -1, 'WITHSCORES') } }
        $self->keys("trade:{*}:$kind") };
}

# Loads the gateway's script of that name, and returns its SHA-1.
sub script {
    my ($self, $name) = @_;
    my ($c) = slurp("$ENV{TRADE_OUT}/trade_script_bodies.h")
        =~ /trade_script_$name = \{\n(.*?)\n\};/s;
    my (undef, undef, @lines) = $c =~ /"((?:[^"\\]|\\.)*)"/g;
    return $self->cmd('SCRIPT', 'LOAD',
        join '', map { s/\\(.)/$1 eq 'n' ? "\n" : $1/ger } @lines);
}

sub now {
    my ($self) = @_;
    my ($s, $us) = @{ $self->cmd('TIME') };
    return $s * 1000 + int($us / 1000);
}

sub keys {
    my ($self, $match) = @_;
    my ($cursor, %keys) = (0);
    do {
        my $reply = $self->cmd('SCAN', $cursor, 'MATCH', $match, 'COUNT', 1000);
        ($cursor, my $some) = @$reply;
        $keys{$_} = 1 for @$some;
    } while $cursor;
    return sort keys %keys;
}

# All of the gateway's keys into a file, but Idempotency-Keys: a line of JSON
# each, [key, value], where value is text, or an object of fields or members.
sub dump_to {
    my ($self, $file) = @_;
    my $json = JSON::PP->new->utf8->canonical;
    my @all = ('ZRANGE', 0, -1, 'WITHSCORES');
    my %get = (slot => ['HGETALL'], bought => ['HGETALL'], order => ['GET'],
        hold => ['GET'], map { $_ => [@all] } qw(due asks unpaid));
    open my $f, '>', $file or die "$file: $!\n";
    for my $key ($self->keys('trade:{*}:*')) {
        my ($kind) = $key =~ /\}:(\w+)/;
        my ($command, @args) = @{ $get{$kind} || next };
        my $value = $self->cmd($command, $key, @args);
        print $f $json->encode([$key, ref $value ? { @$value } : $value]), "\n";
    }
    close $f or die "$file: $!\n";
}

# Sends a command; the reply as a scalar, or an array reference; dies on errors.
sub cmd {
    my ($self, @args) = @_;
    my $s = $self->{sock} //= IO::Socket::INET->new(PeerAddr => $self->host,
        PeerPort => $self->{port}, Proto => 'tcp')
        or die "redis on $self->{port}: $!\n";
    print $s join '', '*', scalar @args, "\r\n",
        map { '$' . length($_) . "\r\n$_\r\n" } @args;
    my $reply = eval { _read($s) };
    if ($@) {
        my $error = $@;
        delete $self->{sock} unless $error =~ /^-/;
        die $error;
    }
    return $reply;
}

sub _read {
    my ($s) = @_;
    my $line = <$s> // die "redis closed the connection\n";
    $line =~ s/\r\n$//;
    my ($type, $rest) = $line =~ /^(.)(.*)/s;
    return $rest if $type eq '+' || $type eq ':';
    die "-$rest\n" if $type eq '-';
    return undef if $rest == -1;
    if ($type eq '*') {
        return [map { scalar eval { _read($s) } } 1 .. $rest];
    }
    my $data = '';
    while (length($data) < $rest + 2) {
        read($s, $data, $rest + 2 - length $data, length $data)
            or die "redis closed the connection\n";
    }
    return substr $data, 0, $rest;
}

1;
